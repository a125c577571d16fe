/**
 * Knows what the log is, who may see what, and what the server said, and holds everything that
 * happens against it.
 */
import assert from "node:assert/strict";
import type { AppendEntry } from "../../lib/sql/append.ts";
import type { Id, Message } from "../../lib/protocol/model.ts";
import type { MemoryData, MemoryStore } from "../support/memory_store.ts";

/** Something that a device or a program wanted to say; `order` counts what that one said. */
export type Said = { room: Id; by: string; order: number };

export interface Witness {
  /** Throws the first breach, if there was one. */
  demand(): void;
  breach(what: string): void;
  appended(entries: readonly AppendEntry[]): void;
  /** Members, or what they may see, changed. */
  membersChanged(room: Id): void;
  /** Someone was removed: what they had yet to send may be refused. */
  left(room: Id): void;
  /** The database is another one from here on. */
  restored(before: MemoryData): void;
  startRead(session: Id, live: boolean): void;
  /** Whether `user` was a member when this was said, or was let see it later. */
  maySee(user: Id, message: Message): boolean;
  /** The server sends `text` to a device of `user`. */
  told(user: Id, text: string): void;
  /** `ok` for a message has come to its sender. */
  acknowledged(clientId: Id, room: Id, seq: number): void;
  /** Whoever said this was promised that it is sent, behind what the same one said before. */
  promised(clientId: Id, said: Said): void;
  /** What is left to hold against the log when all is over. `failed`: shown as not sent. */
  settled(failed: ReadonlySet<Id>): void;
}

/** @param ghosts people who see nothing, for they have no devices */
export function createWitness(memory: MemoryStore, ghosts: ReadonlySet<Id>): Witness {
  const breaches: string[] = [];
  /** Ids of messages, by person and conversation. */
  const seen = new Map<string, Set<Id>>();
  const refused = new Set<Id>();
  const acknowledged = new Map<Id, { room: Id; seq: number }>();
  const promised = new Map<Id, Said>();
  /** Conversations in which someone was removed at some time. */
  const left = new Set<Id>();

  const breach = (what: string) => void breaches.push(what);

  const maySee = (user: Id, { conversation, id }: Message) =>
    seen.get(`${user} ${conversation}`)?.has(id) ?? false;

  const placeOf = (room: Id, seq: number) => memory.data.rooms.get(room)?.rows[seq - 1]?.message;

  const note = (room: Id) => {
    for (const user of memory.data.rooms.get(room)?.members.keys() ?? []) {
      if (ghosts.has(user)) continue;
      const key = `${user} ${room}`;
      const ids = seen.get(key) ?? new Set();
      seen.set(key, ids);
      for (const { id } of memory.visible(user, room) ?? []) ids.add(id);
    }
  };

  const check = (user: Id, message: Message) => {
    if (!maySee(user, message)) {
      breach(`${user} was sent ${message.seq} of ${message.conversation}, which they may not see`);
    }
    if (message.rev < message.seq) breach(`rev ${message.rev} of seq ${message.seq}`);
  };

  return {
    maySee,
    breach,
    demand: () => {
      if (breaches.length > 0) throw new Error(breaches.join("\n"));
    },
    appended: (entries) => {
      for (const room of new Set(entries.map(({ conversation }) => conversation))) note(room);
    },
    membersChanged: note,
    left: (room) => void left.add(room),
    restored: (before) => {
      // Sessions that had ended may live again.
      refused.clear();
      const kept = new Set(clientIds(memory.data));
      // What only the other history had was there, and nobody can bring it back.
      for (const clientId of clientIds(before)) {
        if (!kept.has(clientId)) promised.delete(clientId);
      }
      for (const [clientId, { room, seq }] of acknowledged) {
        if (placeOf(room, seq)?.clientId !== clientId) acknowledged.delete(clientId);
      }
    },
    startRead: (session, live) => {
      if (!live) refused.add(session);
    },
    told: (user, text) => {
      const frame = JSON.parse(text);
      switch (frame.type) {
        case "message":
          return check(user, frame.message);
        case "ok":
          for (const message of frame.messages ?? []) check(user, message);
          return;
        case "session.ready":
          if (refused.has(frame.session)) breach(`${user} was let in with an ended session`);
      }
    },
    acknowledged: (clientId, room, seq) => {
      const before = acknowledged.get(clientId);
      if (before !== undefined && before.seq !== seq) {
        breach(`${clientId} was said to be at ${before.seq} and at ${seq}`);
      }
      acknowledged.set(clientId, { room, seq });
      if (placeOf(room, seq)?.clientId !== clientId) {
        breach(`${clientId} is not at ${seq}, as it was told`);
      }
    },
    promised: (clientId, said) => void promised.set(clientId, said),
    settled: (failed) => {
      for (const { id, seq, rows } of memory.data.rooms.values()) {
        assert.deepEqual(rows.map(({ message }) => message.seq), rows.map((_, at) => at + 1));
        assert.equal(seq, rows.length);
        const keys = new Set(rows.map(({ message }) => message.clientId));
        assert.equal(keys.size, rows.length, `${id} holds a message twice`);
      }
      const places = new Map(messagesOf(memory.data).map((each) => [each.clientId, each]));
      for (const [clientId, { room, seq }] of acknowledged) {
        const place = places.get(clientId);
        assert.deepEqual([place?.conversation, place?.seq], [room, seq], `${clientId} was told`);
      }
      const reached = new Map<string, number>();
      const inOrder = [...promised].sort(([, one], [, other]) => one.order - other.order);
      for (const [clientId, { room, by }] of inOrder) {
        const place = places.get(clientId);
        if (place === undefined) {
          assert.ok(failed.has(clientId) && left.has(room), `${clientId} was lost silently`);
          continue;
        }
        const before = reached.get(`${by} ${room}`) ?? 0;
        assert.ok(place.seq > before, `${place.text} is before what was written before it`);
        reached.set(`${by} ${room}`, place.seq);
      }
    },
  };
}

function messagesOf({ rooms }: MemoryData): Message[] {
  return [...rooms.values()].flatMap(({ rows }) => rows.map(({ message }) => message));
}

function clientIds(data: MemoryData): Id[] {
  return messagesOf(data).map(({ clientId }) => clientId);
}
