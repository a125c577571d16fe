import type { Handler } from "./handler.ts";

/** The person has read everything up to `seq`. */
export const receiptRead: Handler<"receipt.read"> = async ({ receipts }, session, frame) => {
  const { conversation, seq } = frame;
  await receipts.move({ user: session.user, conversation, readSeq: seq, deliveredSeq: seq });
  return {};
};
