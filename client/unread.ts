import type { Conversation, Id, Message } from "../lib/protocol/model.ts";

/** Counts a conversation's unread messages from what the server counted and what came since. */
export interface UnreadCount {
  value(): number;
  /** The server counted anew. */
  counted(info: Pick<Conversation, "seq" | "readSeq" | "unread">): void;
  arrived(message: Message): void;
  /** This person read up to `seq`, here or on another device. */
  read(seq: number): void;
  readSeq(): number;
  /** Whether the person read into the middle of what only the server has counted. */
  stale(): boolean;
}

export function createUnreadCount(me: Id): UnreadCount {
  let base = { seq: 0, readSeq: 0, unread: 0 };
  let readSeq = 0;
  /** Positions of others' messages beyond those that the server counted. */
  const arrived = new Set<number>();

  return {
    value: () => {
      const counted = readSeq >= base.seq ? 0 : base.unread;
      let since = 0;
      for (const seq of arrived) {
        if (seq > readSeq) since++;
      }
      return counted + since;
    },
    counted: (info) => {
      // An answer that was overtaken by a later one.
      if (info.seq < base.seq) return;
      base = { seq: info.seq, readSeq: info.readSeq, unread: info.unread };
      readSeq = Math.max(readSeq, info.readSeq);
      for (const seq of arrived) {
        if (seq <= info.seq) arrived.delete(seq);
      }
    },
    arrived: ({ seq, sender, kind, recalledAt }) => {
      if (seq <= base.seq || sender === me || kind === "system") return;
      if (recalledAt !== undefined) arrived.delete(seq);
      else arrived.add(seq);
    },
    read: (seq) => {
      readSeq = Math.max(readSeq, seq);
      for (const each of arrived) {
        if (each <= readSeq) arrived.delete(each);
      }
    },
    readSeq: () => readSeq,
    stale: () => readSeq > base.readSeq && readSeq < base.seq,
  };
}
