import type { Id } from "../lib/protocol/model.ts";
import type { ConversationLog } from "./conversation_log.ts";
import { type Counted, countUnread } from "./unread.ts";

/**
 * Counts what is unread in the window that a log has, where nothing unread can be missing from it;
 * undefined otherwise.
 * @param joinedSeq behind which messages count for this person
 */
export function countWindow(
  log: ConversationLog,
  me: Id,
  readSeq: number,
  joinedSeq: number | undefined,
): Counted | undefined {
  const messages = log.messages();
  const [first, last] = [messages[0], messages.at(-1)];
  if (!log.loaded() || joinedSeq === undefined || first === undefined) return undefined;
  // Behind a hole more may have come; in front of the window more may be unread.
  if (last === undefined || log.newest() !== last || first.seq > readSeq + 1) return undefined;
  const counts = countUnread(messages, me, Math.max(readSeq, joinedSeq));
  return { ...counts, seq: last.seq, rev: log.cursor() ?? 0, readSeq };
}
