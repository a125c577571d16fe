import type { Clock } from "../../lib/clock.ts";
import type { Answers, ClientFrame, ClientFrameType } from "../../lib/protocol/frames.ts";
import type { ChatStore } from "../../lib/sql/chat_store.ts";
import type { Appender } from "../appender.ts";
import type { PresenceTracker } from "../presence.ts";
import type { Receipts } from "../receipts.ts";
import type { Session } from "../session.ts";
import type { Typists } from "../typists.ts";

/** What a handler works with. */
export type Services = {
  readonly store: ChatStore;
  readonly clock: Clock;
  readonly appender: Appender;
  readonly receipts: Receipts;
  readonly typists: Typists;
  readonly presence: Pick<PresenceTracker, "watch" | "set">;
};

/**
 * Does what one frame asks and answers with what `ok` carries; refuses by an AppError. Whatever has
 * to keep its order is begun before the first `await`.
 */
export type Handler<T extends ClientFrameType> = (
  services: Services,
  session: Session,
  frame: ClientFrame<T>,
) => Answers[T] | Promise<Answers[T]>;
