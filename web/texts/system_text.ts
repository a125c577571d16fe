import type { Message } from "../../lib/protocol/model.ts";
import type { Translate } from "./text.ts";

/** What happened in a conversation. Kinds of events that this page does not know are not hidden. */
export function systemText(t: Translate, message: Message): string {
  return t(eventType(message) === "contact" ? "thread.now_contacts" : "thread.changed");
}

function eventType(message: Message): unknown {
  const event: unknown = "event" in message ? message.event : undefined;
  return typeof event === "object" && event !== null && "type" in event ? event.type : undefined;
}
