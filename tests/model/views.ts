/** What a person is to see of the world. */
import type { Message } from "../../lib/protocol/model.ts";
import { requestsOf } from "./contact_rules.ts";
import {
  isVisible,
  type Name,
  type Outcome,
  type Room,
  roomOf,
  type Seat,
  type World,
} from "./world.ts";

export function visibleLog(room: Room, seat: Seat): Message[] {
  return room.log.filter((message) => isVisible(room, seat, message));
}

/** Ascending by revision. */
export function changesAfter(room: Room, seat: Seat, since: number): Message[] {
  return visibleLog(room, seat).filter(({ rev }) => rev > since)
    .toSorted((one, other) => one.rev - other.rev);
}

/** Of others, to be read, and neither the log's own nor taken back. */
function unreadOf(room: Room, person: Name, seat: Seat): Message[] {
  return room.log.filter(({ seq, sender, kind, recalledAt }) =>
    seq > Math.max(seat.readSeq, seat.joinedSeq) && sender !== person && kind !== "system" &&
    recalledAt === undefined
  );
}

/** As `GET /conversations` has it, but for what depends on the clock. */
export function conversationOf(room: Room, person: Name, seat: Seat) {
  const { name: id, kind, title, announcement, historyVisible, log, rev, members } = room;
  const { role, readSeq, settings } = seat;
  const unread = unreadOf(room, person, seat);
  const mentioning = unread.filter(({ mentions, mentionsAll }) =>
    mentionsAll || mentions?.includes(person)
  );
  const last = log.at(-1);
  const peer = room.pair.find((each) => each !== person);
  return {
    ...{ id, kind, title, announcement, historyVisible, rev, role, readSeq, ...settings },
    seq: log.length,
    unread: unread.length,
    mentions: mentioning.length,
    lastMessage: last !== undefined && isVisible(room, seat, last) ? last : null,
    memberCount: members.size,
    ...(peer !== undefined && { peer }),
    hidden: seat.hiddenAt >= log.length,
    markedUnread: seat.markedAt >= readSeq,
  };
}

export type ConversationSeen = ReturnType<typeof conversationOf>;

export function membersOf(world: World, { members }: Room) {
  return [...members].map(([user, { role, joinedSeq, readSeq, deliveredSeq, silencedUntil }]) => ({
    ...{ user, role, joinedSeq, readSeq, deliveredSeq },
    silenced: silencedUntil > world.now,
  })).toSorted((one, other) => one.user < other.user ? -1 : 1);
}

export function pinsOf(room: Room, seat: Seat): Message[] {
  return visibleLog(room, seat).filter(({ pinned }) => pinned);
}

export function contactsOf(world: World, person: Name) {
  const contacts = [...world.contacts].flatMap(([key, alias]) => {
    const [whose, user = ""] = key.split(" ");
    if (whose !== person || world.blocks.has(key)) return [];
    const room = world.rooms.find(({ pair }) => pair.includes(person) && pair.includes(user));
    const seat = room?.members.get(person);
    if (room === undefined || seat === undefined) return [];
    const unread = unreadOf(room, person, seat).length;
    return [{ user, alias, conversation: room.name, unread }];
  }).toSorted((one, other) => one.user < other.user ? -1 : 1);
  const requests = requestsOf(world, person).map(({ name: id, ...rest }) => ({ id, ...rest }))
    .toSorted((one, other) => one.id < other.id ? -1 : 1);
  return {
    contacts,
    incoming: requests.filter(({ to }) => to === person),
    outgoing: requests.filter(({ from }) => from === person),
    blocked: world.people.filter((each) => world.blocks.has(`${person} ${each}`)),
  };
}

/** A page of the log by position. */
export function history(
  world: World,
  by: Name,
  name: Name,
  { before = Infinity, after, limit }: { before?: number; after?: number; limit: number },
): Outcome {
  const found = roomOf(world, by, name);
  if (found === undefined) return "not-member";
  const within = visibleLog(found.room, found.seat)
    .filter(({ seq }) => seq < before && seq > (after ?? 0));
  // Both bounds leave the newest page; `after` alone begins at the oldest.
  const fromStart = after !== undefined && before === Infinity;
  const messages = fromStart ? within.slice(0, limit) : within.slice(-limit);
  return { messages, more: within.length > limit };
}

/** A page of the log by revision. */
export function sync(
  world: World,
  by: Name,
  name: Name,
  { since, limit }: { since: number; limit: number },
): Outcome {
  const found = roomOf(world, by, name);
  if (found === undefined) return "not-member";
  const { room, seat } = found;
  const changes = changesAfter(room, seat, since);
  const messages = changes.slice(0, limit);
  return { messages, more: changes.length > limit, seq: room.log.length, rev: room.rev };
}
