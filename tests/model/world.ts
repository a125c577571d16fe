/**
 * The model that the server is held against: what there is, as plainly as it can be kept. People,
 * conversations, requests and invitations go by short names ("p1", "r0"), which ./names.ts knows the
 * server's ids of. What may be done to it is in the three files of rules beside this one, written
 * from the contract and not from the server.
 */
import type { ErrorCode } from "../../lib/protocol/codes.ts";
import type {
  Attachment,
  Head,
  Message,
  OwnSettings,
  Role,
  SystemEvent,
} from "../../lib/protocol/model.ts";

export type Name = string;

export type World = {
  /** Milliseconds since 1970 as far as rules look at the clock. */
  now: number;
  people: Name[];
  /** Aliases, by `${whose} ${contact}`. */
  contacts: Map<string, string>;
  /** `${who} ${whom}`. */
  blocks: Set<string>;
  requests: { name: Name; from: Name; to: Name; greeting: string }[];
  rooms: Room[];
  invites: Invite[];
  /** One of each person, by its name; what a message tells of it. */
  files: { owner: Name; attachment: Attachment }[];
  /** What was ever sent, for retries. */
  sent: { by: Name; room: Name; content: Content }[];
  /** Counts what names were given to. */
  names: number;
  /** Counts messages over all conversations. */
  activity: number;
};

export type Room = {
  name: Name;
  kind: "direct" | "group";
  title: string;
  announcement: string;
  historyVisible: boolean;
  members: Map<Name, Seat>;
  log: Message[];
  rev: number;
  activity: number;
  /** Of a direct conversation. */
  pair: Name[];
  /** Who made this group by which request. */
  made?: { by: Name; clientId: string; title: string; members: string };
  /** Who was in it when, in revisions: for what may come over a socket. */
  stays: Stay[];
};

export type Seat = {
  role: Role;
  joinedSeq: number;
  readSeq: number;
  deliveredSeq: number;
  silencedUntil: number;
  settings: Pick<OwnSettings, "pinned" | "draft" | "mutedUntil">;
  /** The position at which it was hidden; the read position at which it was marked. */
  hiddenAt: number;
  markedAt: number;
};

export type Stay = {
  person: Name;
  joinedSeq: number;
  joinedRev: number;
  leftRev: number;
  /** Up to which revision the history was to be seen, as far as this stay goes. */
  historyUntil: number;
};

export type Invite = {
  name: Name;
  by: Name;
  room: Name | null;
  uses: number;
  maxUses: number;
  expiresAt: number;
};

export type Content = {
  clientId: string;
  text: string;
  replyTo?: number;
  mentions?: Name[];
  mentionsAll?: true;
  attachments?: Name[];
};

/** What the contract asks for: an error's code, or what the answer has to say. */
export type Outcome = ErrorCode | Answer;
export type Answer = {
  seq?: number;
  rev?: number;
  duplicate?: boolean;
  /** The conversation, request or invitation that it is about, perhaps new. */
  room?: Name;
  request?: Name;
  invite?: Name;
  /** Of a page. */
  messages?: Message[];
  more?: boolean;
  relation?: string;
  /** Of `session.ready`. */
  heads?: Head[];
};

export const DONE: Answer = {};

export function createWorld(people: Name[], files: World["files"]): World {
  return {
    now: Date.UTC(2030, 0),
    people,
    contacts: new Map(),
    blocks: new Set(),
    requests: [],
    rooms: [],
    invites: [],
    files,
    sent: [],
    names: 0,
    activity: 0,
  };
}

export function newName(world: World, kind: string): Name {
  return `${kind}${world.names++}`;
}

export function newSeat(role: Role, seq: number): Seat {
  return {
    ...{ role, joinedSeq: seq, readSeq: seq, deliveredSeq: seq, silencedUntil: 0 },
    settings: { pinned: false, draft: "", mutedUntil: null },
    hiddenAt: -1,
    markedAt: -1,
  };
}

/** The conversation, if `person` is in it: whoever is not must not tell it from none. */
export function roomOf(
  world: World,
  person: Name,
  name: Name,
): { room: Room; seat: Seat } | undefined {
  const room = world.rooms.find((each) => each.name === name);
  const seat = room?.members.get(person);
  return room === undefined || seat === undefined ? undefined : { room, seat };
}

export function isAdmin({ kind }: Room, { role }: Seat): boolean {
  return kind === "group" && role !== "member";
}

/** Whether its members may write at all. */
export function isOpen(world: World, { kind, pair: [one = "", other = ""] }: Room): boolean {
  return kind === "group" || areFriends(world, one, other);
}

/** Contacts of whom nobody blocks the other. */
export function areFriends(world: World, one: Name, other: Name): boolean {
  return world.contacts.has(`${one} ${other}`) && !isBlockBetween(world, one, other);
}

export function isBlockBetween({ blocks }: World, one: Name, other: Name): boolean {
  return blocks.has(`${one} ${other}`) || blocks.has(`${other} ${one}`);
}

export function append(
  world: World,
  room: Room,
  message: Pick<Message, "sender" | "kind" | "text"> & Partial<Message>,
): Message {
  const appended: Message = {
    id: "",
    clientId: "",
    at: new Date(world.now).toISOString(),
    ...message,
    conversation: room.name,
    seq: room.log.length + 1,
    rev: ++room.rev,
  };
  room.log.push(appended);
  room.activity = ++world.activity;
  return appended;
}

export function say(world: World, room: Room, event: SystemEvent): void {
  append(world, room, { sender: event.by, kind: "system", text: "", event });
}

export function isVisible(room: Room, seat: Seat, { seq }: Message): boolean {
  return room.historyVisible || seq > seat.joinedSeq;
}

export function join(room: Room, person: Name, seat: Seat): void {
  room.members.set(person, seat);
  room.stays.push({
    person,
    joinedSeq: seat.joinedSeq,
    joinedRev: room.rev,
    leftRev: Infinity,
    historyUntil: room.historyVisible ? Infinity : -1,
  });
}

export function leave(room: Room, person: Name): void {
  room.members.delete(person);
  for (const stay of room.stays) {
    if (stay.person === person) stay.leftRev = Math.min(stay.leftRev, room.rev);
  }
}
