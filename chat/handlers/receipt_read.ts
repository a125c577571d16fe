import type { Handler } from "./handler.ts";
import { recordReceipt } from "./record_receipt.ts";

/** The person has read everything up to `seq`. */
export const receiptRead: Handler<"receipt.read"> = (services, session, frame) =>
  session.turns.take(() => recordReceipt(services, session.user, "read", frame));
