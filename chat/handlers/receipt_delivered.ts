import type { Handler } from "./handler.ts";

/** A device of the person has received everything up to `seq`. */
export const receiptDelivered: Handler<"receipt.delivered"> = async (
  { receipts },
  session,
  { conversation, seq },
) => {
  await receipts.move({ user: session.user, conversation, readSeq: 0, deliveredSeq: seq });
  return {};
};
