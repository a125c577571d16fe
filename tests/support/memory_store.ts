/**
 * The database as a chat node and the gate see it, in memory: what simulations run on. The contract
 * suite of the port holds it against the real thing, so nobody has to believe it.
 *
 * Long, because the statements of a whole folder are easier to compare with it in one place. Every
 * call happens at once and as a whole; time, failures and concurrency are for whoever wraps it.
 */
import { FOLLOWED } from "../../lib/bus/audience.ts";
import { newId } from "../../lib/ids.ts";
import { LIMITS } from "../../lib/protocol/codes.ts";
import type {
  Attachment,
  Conversation,
  Head,
  Id,
  Member,
  Message,
  SystemEvent,
  Time,
} from "../../lib/protocol/model.ts";
import type { AppendEntry, AppendRow, StoredOutcome } from "../../lib/sql/append.ts";
import type { LogChange } from "../../lib/sql/append_event.ts";
import type { ChangeEntry, ChangeRow } from "../../lib/sql/change.ts";
import { changedMessage } from "./changed_message.ts";
import type { ChatStore } from "../../lib/sql/chat_store.ts";
import type { Clock } from "../../lib/clock.ts";

type MemberRow = { joinedSeq: number; readSeq: number; deliveredSeq: number };
/** A message as it is, and as it was sent if somebody sent it. */
type Row = { message: Message; sent?: AppendEntry };
type Room = {
  id: Id;
  kind: "direct" | "group";
  seq: number;
  rev: number;
  membersRev: number;
  historyVisible: boolean;
  createdAt: Time;
  activeAt: number;
  changedAt: number;
  members: Map<Id, MemberRow>;
  /** In the order of `seq`, from 1. */
  rows: Row[];
};
export type MemoryData = {
  epoch: Id;
  rooms: Map<Id, Room>;
  sessions: Map<Id, { user: Id; endedAt: number | undefined }>;
  tickets: Map<string, { session: Id; node: string; expiresAt: number }>;
  /** Each two ids: of contacts in both orders, of a block by whom first; and since when. */
  contacts: Set<string>;
  blocks: Map<string, Time>;
  files: Map<Id, { owner: Id; attachment: Attachment }>;
};

/** A store, and what others than the chat nodes do to its data. */
export interface StoreWorld {
  readonly store: ChatStore;
  addUser(user: Id): Done;
  addGroup(conversation: Id, users: readonly Id[]): Done;
  /** May read from the next message on. */
  addMember(conversation: Id, user: Id): Done;
  removeMember(conversation: Id, user: Id): Done;
  /** Lets every member read everything, or only what was said since they came. */
  showHistory(conversation: Id, visible: boolean): Done;
  addSession(session: Id, user: Id): Done;
  endSession(session: Id): Done;
  addTicket(ticket: { hash: string; session: Id; node: string; seconds: number }): Done;
  listConversations(user: Id): Conversation[] | Promise<Conversation[]>;
  readMembers(conversation: Id): Member[] | Promise<Member[]>;
  /** Makes two people contacts; the answer is their conversation. */
  addContacts(one: Id, other: Id): Id | Promise<Id>;
  block(user: Id, other: Id, blocked: boolean): Done;
  /** A file of this person, that was sent nowhere yet. */
  addFile(owner: Id): Attachment | Promise<Attachment>;
}
type Done = void | Promise<void>;

export interface MemoryStore extends StoreWorld {
  data: MemoryData;
  listConversations(user: Id): Conversation[];
  readMembers(conversation: Id): Member[];
  addFile(owner: Id): Attachment;
  /** Says in a conversation's log what was done to it. */
  appendEvent(conversation: Id, event: SystemEvent): LogChange;
  /** The log that `user` may see; undefined for who is no member. */
  visible(user: Id, conversation: Id): Message[] | undefined;
}

export function createMemoryStore(clock: Clock, lanes: number): MemoryStore {
  const data: MemoryData = {
    epoch: newId(),
    rooms: new Map(),
    sessions: new Map(),
    tickets: new Map(),
    contacts: new Set(),
    blocks: new Map(),
    files: new Map(),
  };
  const room = (id: Id): Room => {
    const found = memory.data.rooms.get(id);
    if (found === undefined) throw new Error(`there is no conversation ${id}`);
    return found;
  };
  const time = (): Time => new Date(clock.now()).toISOString();
  const changeMembers = (id: Id, change: (room: Room) => void) => {
    const changed = room(id);
    changed.membersRev++;
    change(changed);
  };
  const liveSession = (id: Id) => {
    const session = memory.data.sessions.get(id);
    return session?.endedAt === undefined ? session : undefined;
  };
  const roomsOf = (user: Id) =>
    [...memory.data.rooms.values()].flatMap((room) => {
      const member = room.members.get(user);
      return member === undefined ? [] : [{ room, member }];
    });
  const mayMeet = (one: Id, other: Id) => {
    const { contacts, blocks } = memory.data;
    return contacts.has(`${one} ${other}`) && !blocks.has(`${one} ${other}`) &&
      !blocks.has(`${other} ${one}`);
  };
  const isOpen = ({ kind, members }: Room) => {
    const [one = "", other = ""] = members.keys();
    return kind === "group" || mayMeet(one, other);
  };
  const visible = (user: Id, conversation: Id): Message[] | undefined => {
    const room = memory.data.rooms.get(conversation);
    const member = room?.members.get(user);
    if (room === undefined || member === undefined) return undefined;
    const after = room.historyVisible ? 0 : member.joinedSeq;
    return room.rows.slice(after).map(({ message }) => message);
  };

  const mayRead = (user: Id, file: Id) =>
    memory.data.files.get(file)?.owner === user ||
    roomsOf(user).some(({ room }) =>
      visible(user, room.id)?.some(({ attachments }) => attachments?.some(({ id }) => id === file))
    );

  const append = (
    entries: readonly AppendEntry[],
    versions: ReadonlyMap<Id, number>,
  ): AppendRow[] => {
    const before = new Map([...versions.keys()].map((id) => [id, memory.data.rooms.get(id)?.seq]));
    const first = new Map<string, AppendEntry>();
    for (const entry of entries) {
      const key = keyOf(entry.conversation, entry.sender, entry.clientId);
      if (!first.has(key)) first.set(key, entry);
    }
    return entries.map((entry): AppendRow => {
      const { id, conversation, sender, clientId, replyTo, visibleAfter = 0 } = entry;
      const missing = entry.attachments?.find((file) => !mayRead(sender, file));
      const room = memory.data.rooms.get(conversation);
      const key = keyOf(conversation, sender, clientId);
      const locked = room !== undefined && room.membersRev === versions.get(conversation);
      const known = () => room?.rows.find(({ message }) => keyOfMessage(message) === key);
      const mayReply = (seq: number | undefined) =>
        seq === undefined || seq > visibleAfter && seq <= (before.get(conversation) ?? 0);
      const isFirst = known() === undefined && first.get(key) === entry;
      if (locked && isFirst && mayReply(replyTo) && missing === undefined) {
        room.seq++;
        room.rev++;
        room.activeAt = room.changedAt = clock.now();
        const attachments = entry.attachments
          ?.flatMap((file) => memory.data.files.get(file)?.attachment ?? []);
        const message = messageOf(entry, room, time(), attachments);
        room.rows.push({ message, sent: entry });
        return { ...positionOf("stored", message), ...(attachments && { attachments }) };
      }
      const row = known();
      if (row !== undefined && row.message.id === id) {
        return positionOf("stored-before", row.message);
      }
      if (!locked) return { outcome: "stale" };
      if (row === undefined && missing !== undefined) return { outcome: "no-file", file: missing };
      if (row === undefined) return { outcome: "bad-reply" };
      if (!saysTheSame(row.sent, entry)) return { outcome: "conflict" };
      return positionOf("duplicate", row.message);
    });
  };

  const change = (entry: ChangeEntry, membersRev: number | undefined): ChangeRow => {
    const { conversation, seq, visibleAfter } = entry;
    const room = memory.data.rooms.get(conversation);
    if (room === undefined || room.membersRev !== membersRev) return { outcome: "stale" };
    const row = room.rows[seq - 1];
    if (row === undefined || seq <= visibleAfter) return { outcome: "not-found" };
    const next = changedMessage(row.message, entry, clock.now());
    if (typeof next === "string") return { outcome: next };
    if (next === row.message) return { outcome: "unchanged", message: next };
    room.rev++;
    room.changedAt = clock.now();
    row.message = { ...next, rev: room.rev };
    return { outcome: "changed", message: row.message };
  };

  const heads = (fits: (room: Room) => boolean, users: readonly Id[]) =>
    users.flatMap((user) =>
      roomsOf(user).filter(({ room }) => fits(room))
        .map(({ room, member }) => ({ user, ...headOf(room, member), large: isLarge(room) }))
    );

  const store: ChatStore = {
    lanes: Array.from({ length: lanes }, () => ({
      append: (entries, versions) => Promise.resolve(append(entries, versions)),
      change: (entries, versions) =>
        Promise.resolve(entries.map((entry) => change(entry, versions.get(entry.conversation)))),
      findSent: (entries) =>
        Promise.resolve(entries.map((entry) => {
          const key = keyOf(entry.conversation, entry.sender, entry.clientId);
          const row = memory.data.rooms.get(entry.conversation)?.rows
            .find(({ message }) => keyOfMessage(message) === key);
          const same = row !== undefined && saysTheSame(row.sent, entry);
          return same ? positionOf("duplicate", row.message) : undefined;
        })),
    })),
    readMembersRevs: (conversations) =>
      Promise.resolve(
        new Map(conversations.flatMap((id) => {
          const room = memory.data.rooms.get(id);
          return room === undefined ? [] : [[id, room.membersRev]];
        })),
      ),
    readMemberships: (conversations) =>
      Promise.resolve(conversations.flatMap((id) => {
        const room = memory.data.rooms.get(id);
        if (room === undefined) return [];
        const { membersRev, historyVisible } = room;
        const members = new Map(
          [...room.members].map(([user, { joinedSeq }]) => [
            user,
            { role: "member" as const, joinedSeq },
          ]),
        );
        const { kind } = room;
        return [{
          conversation: id,
          kind,
          membersRev,
          historyVisible,
          open: isOpen(room),
          members,
        }];
      })),
    readSeats: (asked) =>
      Promise.resolve(asked.map(({ conversation, user }) => {
        const room = memory.data.rooms.get(conversation);
        if (room === undefined || !room.members.has(user)) return undefined;
        return { membersRev: room.membersRev, mayWrite: isOpen(room) };
      })),
    readWatchable: (pairs) =>
      Promise.resolve(pairs.flatMap(({ viewer, user }) => {
        const { contacts, blocks } = memory.data;
        const shown = contacts.has(`${viewer} ${user}`) && !blocks.has(`${viewer} ${user}`);
        return shown
          ? [{ viewer, user, hiddenSince: blocks.get(`${user} ${viewer}`) ?? null }]
          : [];
      })),
    readChanges: ({ user, conversation, since, limit }) => {
      const log = visible(user, conversation);
      if (log === undefined) return Promise.resolve(undefined);
      const { seq, rev } = room(conversation);
      const changed = log.filter((message) => message.rev > since).sort((a, b) => a.rev - b.rev);
      return Promise.resolve({ ...cut(changed, limit), seq, rev });
    },
    readHistory: ({ user, conversation, before, after, limit }) => {
      const log = visible(user, conversation);
      if (log === undefined) return Promise.resolve(undefined);
      const wanted = log.filter(({ seq }) => seq > (after ?? 0) && seq < (before ?? Infinity));
      const page = cut(
        after === undefined || before !== undefined ? wanted.reverse() : wanted,
        limit,
      );
      return Promise.resolve({ ...page, messages: page.messages.sort((a, b) => a.seq - b.seq) });
    },
    readMessages: (positions) =>
      Promise.resolve(
        positions.flatMap(({ conversation, seq }) =>
          memory.data.rooms.get(conversation)?.rows[seq - 1]?.message ?? []
        ),
      ),
    readHeads: (conversations, users) =>
      Promise.resolve(heads(({ id }) => conversations.includes(id), users)),
    readRecentHeads: (users, seconds) =>
      Promise.resolve(heads((room) => room.changedAt > clock.now() - seconds * 1000, users)),
    moveReceipts: (moves) =>
      Promise.resolve(moves.map(({ user, conversation, readSeq, deliveredSeq }) => {
        const room = memory.data.rooms.get(conversation);
        const member = room?.members.get(user);
        if (room === undefined || member === undefined) return undefined;
        const before = { ...member };
        const reached = (seq: number) => Math.min(seq, room.seq);
        member.readSeq = Math.max(before.readSeq, reached(readSeq));
        member.deliveredSeq = Math.max(
          before.deliveredSeq,
          reached(readSeq),
          reached(deliveredSeq),
        );
        const moved = member.readSeq > before.readSeq || member.deliveredSeq > before.deliveredSeq;
        const { membersRev } = room;
        return { readSeq: member.readSeq, deliveredSeq: member.deliveredSeq, moved, membersRev };
      })),
    useTicket: (hash, node) => {
      const ticket = memory.data.tickets.get(hash);
      if (ticket === undefined || ticket.node !== node || ticket.expiresAt <= clock.now()) {
        return Promise.resolve(undefined);
      }
      memory.data.tickets.delete(hash);
      const session = liveSession(ticket.session);
      return Promise.resolve(session && { session: ticket.session, user: session.user });
    },
    readStart: (id) => {
      const session = liveSession(id);
      if (session === undefined) return Promise.resolve(undefined);
      const rooms = roomsOf(session.user);
      const heads = rooms.map(({ room, member }) => headOf(room, member));
      const large = rooms.flatMap(({ room }) => isLarge(room) ? [room.id] : []);
      return Promise.resolve({ epoch: memory.data.epoch, heads, large });
    },
    readEpoch: () => Promise.resolve(memory.data.epoch),
    readEndedSessions: (since) =>
      Promise.resolve({
        sessions: [...memory.data.sessions].flatMap(([id, { endedAt }]) =>
          endedAt !== undefined && endedAt > since ? [id] : []
        ),
        now: clock.now(),
      }),
  };

  const addRoom = (id: Id, kind: Room["kind"], users: readonly Id[]) => {
    const room: Room = {
      ...{ id, kind, seq: 0, rev: 0, membersRev: 1, historyVisible: false, createdAt: time() },
      activeAt: clock.now(),
      changedAt: clock.now(),
      members: new Map(users.map((user) => [user, newMember(0)])),
      rows: [],
    };
    memory.data.rooms.set(id, room);
    return room;
  };

  const memory: MemoryStore = {
    store,
    data,
    visible,
    appendEvent: (id, event) => {
      const changed = room(id);
      changed.activeAt = changed.changedAt = clock.now();
      const position = { seq: ++changed.seq, rev: ++changed.rev, at: time() };
      const message: Message = {
        ...{ id: newId(), conversation: id, sender: event.by, clientId: newId(), ...position },
        ...{ kind: "system", text: "", event },
      };
      changed.rows.push({ message });
      return { message, membersRev: changed.membersRev };
    },
    addUser: () => {},
    addGroup: (id, users) => void addRoom(id, "group", users),
    addContacts: (one, other) => {
      memory.data.contacts.add(`${one} ${other}`).add(`${other} ${one}`);
      const room = addRoom(newId(), "direct", [one, other].sort());
      memory.appendEvent(room.id, { type: "contact", by: one });
      return room.id;
    },
    block: (user, other, blocked) => {
      const { blocks } = memory.data;
      const key = `${user} ${other}`;
      if (!blocked) blocks.delete(key);
      else if (!blocks.has(key)) blocks.set(key, time());
      for (const room of memory.data.rooms.values()) {
        const between = room.kind === "direct" && room.members.has(user) && room.members.has(other);
        if (between) room.membersRev++;
      }
    },
    addFile: (owner) => {
      const attachment = {
        id: newId(),
        name: "notes.txt",
        type: "text/plain",
        size: 1,
        sha256: "",
      };
      memory.data.files.set(attachment.id, { owner, attachment });
      return attachment;
    },
    addMember: (id, user) =>
      changeMembers(id, ({ members, seq }) => void members.set(user, newMember(seq))),
    removeMember: (id, user) => changeMembers(id, ({ members }) => void members.delete(user)),
    showHistory: (id, shown) => changeMembers(id, (room) => void (room.historyVisible = shown)),
    addSession: (id, user) => void memory.data.sessions.set(id, { user, endedAt: undefined }),
    endSession: (id) => {
      const session = liveSession(id);
      if (session !== undefined) session.endedAt = clock.now();
    },
    addTicket: ({ hash, session, node, seconds }) => {
      memory.data.tickets.set(hash, { session, node, expiresAt: clock.now() + seconds * 1000 });
    },
    listConversations: (user) =>
      roomsOf(user).sort((a, b) => b.room.activeAt - a.room.activeAt)
        .map(({ room, member }) => conversationOf(room, member, user)),
    readMembers: (id) => [...room(id).members].map(([user, member]) => memberOf(user, member)),
  };
  return memory;
}

function newMember(joinedSeq: number): MemberRow {
  return { joinedSeq, readSeq: 0, deliveredSeq: 0 };
}

function memberOf(id: Id, row: MemberRow): Member {
  const user = { id, username: id, displayName: id, avatar: null, bio: "" };
  return { user, role: "member", ...row, silencedUntil: null };
}

function headOf({ id, seq, rev }: Room, { readSeq }: MemberRow): Head {
  return { conversation: id, seq, rev, readSeq };
}

function isLarge({ members }: Room): boolean {
  return members.size >= FOLLOWED;
}

function conversationOf(room: Room, member: MemberRow, user: Id): Conversation {
  const { id, seq, rev, historyVisible, createdAt, rows } = room;
  const last = rows.at(-1)?.message;
  const after = Math.max(member.readSeq, member.joinedSeq);
  const unread = rows.filter(({ message }) =>
    message.seq > after && message.sender !== user && message.kind !== "system" &&
    message.recalledAt === undefined
  );
  return {
    id,
    kind: room.kind,
    title: room.kind === "group" ? "A group" : "",
    avatar: null,
    seq,
    rev,
    readSeq: member.readSeq,
    unread: unread.length,
    mentions:
      unread.filter(({ message }) => message.mentionsAll || message.mentions?.includes(user))
        .length,
    lastMessage: last !== undefined && (historyVisible || last.seq > member.joinedSeq)
      ? last
      : null,
    memberCount: room.members.size,
    role: "member",
    mutedUntil: null,
    pinned: false,
    hidden: false,
    markedUnread: false,
    draft: "",
    announcement: "",
    historyVisible,
    createdAt,
  };
}

function keyOf(conversation: Id, sender: Id, clientId: Id): string {
  return `${conversation} ${sender} ${clientId}`;
}

function keyOfMessage({ conversation, sender, clientId }: Message): string {
  return keyOf(conversation, sender, clientId);
}

function messageOf(
  entry: AppendEntry,
  { seq, rev }: Room,
  at: Time,
  attachments: Attachment[] | undefined,
): Message {
  const { id, conversation, sender, clientId, kind, text, replyTo, mentions, mentionsAll } = entry;
  return {
    ...{ id, conversation, seq, rev, sender, clientId, kind, text, at },
    ...(replyTo !== undefined && { replyTo }),
    ...(mentions !== undefined && { mentions: [...mentions] }),
    ...(mentionsAll !== undefined && { mentionsAll }),
    ...(attachments !== undefined && { attachments }),
  };
}

function positionOf(
  outcome: StoredOutcome,
  { id, seq, rev, at }: Message,
): AppendRow {
  return { outcome, id, seq, rev, at };
}

/** A page within both limits. At least one message gets through. */
function cut(found: readonly Message[], limit: number): { messages: Message[]; more: boolean } {
  let bytes = 0;
  const messages = found.slice(0, limit).filter((message, index) => {
    bytes += JSON.stringify(message).length;
    return index === 0 || bytes <= LIMITS.answerBytes;
  });
  return { messages, more: messages.length < found.length };
}

function saysTheSame(one: AppendEntry | undefined, other: AppendEntry): boolean {
  return one?.kind === other.kind && one.text === other.text && one.replyTo === other.replyTo &&
    one.mentionsAll === other.mentionsAll && one.mentions?.join() === other.mentions?.join() &&
    one.attachments?.join() === other.attachments?.join();
}
