/**
 * What this person may do, as far as the page can tell: so that nothing is offered which the server
 * would refuse. It decides all the same.
 */
import type { ConversationView } from "../client/views.ts";
import { LIMITS } from "../lib/protocol/codes.ts";
import type { Conversation, Id, Message, Role, Time } from "../lib/protocol/model.ts";
import { now } from "./now.ts";
import { memberOf } from "./texts/names.ts";

/** Whether this person runs the group. */
export function leads(info: Conversation): boolean {
  return info.kind === "group" && info.role !== "member";
}

export function mayPin(info: Conversation): boolean {
  return info.kind === "direct" || leads(info);
}

export function mayRecall(message: Message, info: Conversation, me: Id | undefined): boolean {
  if (leads(info)) return true;
  return message.sender === me && now() - Date.parse(message.at) < LIMITS.recallWithin;
}

/** Whether somebody of this role may remove and silence somebody of that one. */
export function outranks(own: Role, other: Role): boolean {
  return other !== "owner" && (own === "owner" || (own === "admin" && other === "member"));
}

/** Until when this person may only read. */
export function silencedUntil(
  view: ConversationView | undefined,
  me: Id | undefined,
): Time | undefined {
  const until = me === undefined ? undefined : memberOf(view, me)?.silencedUntil;
  return until && Date.parse(until) > now() ? until : undefined;
}
