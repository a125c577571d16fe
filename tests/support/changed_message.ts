import { LIMITS } from "../../lib/protocol/codes.ts";
import type { Message } from "../../lib/protocol/model.ts";
import type { ChangeEntry } from "../../lib/sql/change.ts";

/**
 * What a change makes of a message, said as plainly as can be: what the statement is held against.
 * The same message where nothing changes, and the outcome where it may not be.
 */
export function changedMessage(
  message: Message,
  { actor, moderates, action }: Pick<ChangeEntry, "actor" | "moderates" | "action">,
  now: number,
): Message | "forbidden" | "recalled" | "too-late" | "too-many" {
  const isOwn = message.sender === actor;
  if (message.kind === "system") return "forbidden";
  if (action.do === "recall") {
    if (!isOwn && !moderates) return "forbidden";
    if (message.recalledAt !== undefined) return message;
    if (!moderates && now > Date.parse(message.at) + LIMITS.recallWithin) return "too-late";
    const { id, conversation, seq, rev, sender, clientId, kind, at } = message;
    const recalledAt = new Date(now).toISOString();
    return { id, conversation, seq, rev, sender, clientId, kind, at, text: "", recalledAt };
  }
  if (message.recalledAt !== undefined) return "recalled";
  switch (action.do) {
    case "edit":
      if (!isOwn) return "forbidden";
      if (message.text === action.text) return message;
      return {
        ...message,
        kind: "text",
        text: action.text,
        editedAt: new Date(now).toISOString(),
      };
    case "pin": {
      if (!moderates) return "forbidden";
      if ((message.pinned ?? false) === action.on) return message;
      const { pinned: _, ...rest } = message;
      return action.on ? { ...rest, pinned: true } : rest;
    }
    case "react": {
      const { emoji, on } = action;
      const { reactions = {}, ...rest } = message;
      const people = reactions[emoji] ?? [];
      if (people.includes(actor) === on) return message;
      const isNew = on && people.length === 0;
      if (isNew && Object.keys(reactions).length >= LIMITS.reactions) return "too-many";
      if (on && Object.values(reactions).flat().length >= LIMITS.reacting) return "too-many";
      const { [emoji]: __, ...others } = reactions;
      const left = people.filter((person) => person !== actor);
      const now = on ? [...left, actor] : left;
      const all = now.length === 0 ? others : { ...others, [emoji]: now };
      return Object.keys(all).length === 0 ? rest : { ...rest, reactions: all };
    }
  }
}
