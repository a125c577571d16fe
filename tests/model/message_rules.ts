/** What people say, what becomes of it, how far they have read, and what they set for themselves. */
import { changedMessage } from "../support/changed_message.ts";
import type { Attachment } from "../../lib/protocol/model.ts";
import type { ChangeAction } from "../../lib/sql/change.ts";
import {
  append,
  type Content,
  DONE,
  isAdmin,
  isOpen,
  isVisible,
  type Name,
  type Outcome,
  roomOf,
  type Seat,
  type World,
} from "./world.ts";

export function send(world: World, by: Name, name: Name, content: Content): Outcome {
  const found = roomOf(world, by, name);
  if (found === undefined) return "not-member";
  const { room, seat } = found;
  const { clientId, text, replyTo, mentions, mentionsAll, attachments } = content;
  const before = world.sent.find((each) =>
    each.by === by && each.room === name && each.content.clientId === clientId
  );
  const stored = room.log.find((each) => each.sender === by && each.clientId === clientId);
  // A retry is a retry, whatever its sender may do by now.
  if (before !== undefined && stored !== undefined && isSame(before.content, content)) {
    return { seq: stored.seq, rev: stored.rev, duplicate: true };
  }
  if (!isOpen(world, room)) return "not-contact";
  if (isSilenced(world, seat)) return "forbidden";
  if (mentionsAll && !isAdmin(room, seat)) return "forbidden";
  if (stored !== undefined) return "conflict";
  const files = attachments?.map((file) => fileFor(world, by, file));
  if (files?.includes(undefined)) return "not-found";
  const answered = replyTo === undefined ? undefined : room.log[replyTo - 1];
  if (replyTo !== undefined && !(answered && isVisible(room, seat, answered))) return "invalid";
  const { seq, rev } = append(world, room, {
    ...{ sender: by, clientId, kind: text === "" ? "file" : "text", text },
    ...(replyTo !== undefined && { replyTo }),
    ...(mentions !== undefined && { mentions }),
    ...(mentionsAll && { mentionsAll }),
    ...(files !== undefined && { attachments: files.flatMap((file) => file ?? []) }),
  });
  world.sent.push({ by, room: name, content });
  return { seq, rev, duplicate: false };
}

function isSame(one: Content, other: Content): boolean {
  return one.text === other.text && one.replyTo === other.replyTo &&
    one.mentions?.join() === other.mentions?.join() && one.mentionsAll === other.mentionsAll &&
    one.attachments?.join() === other.attachments?.join();
}

/** A file, for its owner and for whoever may see a message that carries it. */
function fileFor(world: World, by: Name, name: Name): Attachment | undefined {
  const file = world.files.find(({ attachment }) => attachment.id === name);
  const isShown = world.rooms.some((room) => {
    const seat = room.members.get(by);
    return seat !== undefined &&
      room.log.some((message) =>
        isVisible(room, seat, message) && message.attachments?.some(({ id }) => id === name)
      );
  });
  return file?.owner === by || isShown ? file?.attachment : undefined;
}

function isSilenced({ now }: World, { silencedUntil }: Seat): boolean {
  return silencedUntil > now;
}

export function change(
  world: World,
  by: Name,
  name: Name,
  seq: number,
  action: ChangeAction,
): Outcome {
  const found = roomOf(world, by, name);
  if (found === undefined) return "not-member";
  const { room, seat } = found;
  if (!isOpen(world, room)) return "not-contact";
  if (isSilenced(world, seat) && action.do !== "recall") return "forbidden";
  const message = room.log[seq - 1];
  if (message === undefined || !isVisible(room, seat, message)) return "not-found";
  const moderates = isAdmin(room, seat) || (room.kind === "direct" && action.do === "pin");
  const changed = changedMessage(message, { actor: by, moderates, action }, world.now);
  if (typeof changed === "string") return CODES[changed];
  // The same message where nothing changed.
  if (changed !== message) room.log[seq - 1] = { ...changed, rev: ++room.rev };
  return { rev: room.log[seq - 1]?.rev ?? 0 };
}

const CODES = {
  "forbidden": "forbidden",
  "recalled": "gone",
  "too-late": "forbidden",
  "too-many": "conflict",
} as const;

export function receive(
  world: World,
  by: Name,
  name: Name,
  kind: "read" | "delivered",
  upTo: number,
): Outcome {
  const found = roomOf(world, by, name);
  if (found === undefined) return "not-member";
  const { room, seat } = found;
  const seq = Math.min(upTo, room.log.length);
  if (kind === "read") seat.readSeq = Math.max(seat.readSeq, seq);
  seat.deliveredSeq = Math.max(seat.deliveredSeq, seq);
  return DONE;
}

export type Settings = {
  pinned?: boolean;
  hidden?: boolean;
  markedUnread?: boolean;
  draft?: string;
  mutedUntil?: string | null;
};

/** Hidden is one until the next message, marked as unread until something is read. */
export function set(world: World, by: Name, name: Name, settings: Settings): Outcome {
  const found = roomOf(world, by, name);
  if (found === undefined) return "not-member";
  const { room, seat } = found;
  const { hidden, markedUnread, ...kept } = settings;
  Object.assign(seat.settings, kept);
  if (hidden !== undefined) seat.hiddenAt = hidden ? room.log.length : -1;
  if (markedUnread !== undefined) seat.markedAt = markedUnread ? seat.readSeq : -1;
  return DONE;
}
