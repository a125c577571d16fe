import type { Handler } from "./handler.ts";
import { recordReceipt } from "./record_receipt.ts";

/** A device of the person has received everything up to `seq`. */
export const receiptDelivered: Handler<"receipt.delivered"> = (services, session, frame) =>
  session.turns.take(() => recordReceipt(services, session.user, "delivered", frame));
