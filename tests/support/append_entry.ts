import { newId } from "../../lib/ids.ts";
import type { Id } from "../../lib/protocol/model.ts";
import type { AppendEntry } from "../../lib/sql/append.ts";

/** A message on its way into a log, as the appender hands it over. */
export function appendEntry(
  conversation: Id,
  sender: Id,
  change: Partial<AppendEntry> = {},
): AppendEntry {
  return {
    id: newId(),
    conversation,
    sender,
    clientId: newId(),
    kind: "text",
    text: "hello",
    replyTo: undefined,
    mentions: undefined,
    mentionsAll: undefined,
    ...change,
  };
}
