import type { Conversation, Id, Message } from "../lib/protocol/model.ts";

/**
 * Counts a conversation's unread messages, and those that mention this person, from what the server
 * counted and what came since: never by adding up, so that nothing counts twice.
 */
export interface UnreadCount {
  value(): number;
  /** Of the unread ones, those that mention this person or everybody. */
  mentions(): number;
  /** The server counted anew. */
  counted(info: Counted): void;
  /**
   * A message came, or a change of one.
   * @param joinedSeq behind which this person's messages count; undefined where that is not known
   */
  arrived(message: Message, joinedSeq: number | undefined): void;
  /** This person read up to `seq`, here or on another device. */
  read(seq: number): void;
  readSeq(): number;
  /**
   * Whether something happened within what only the server has counted, or more came than is to be
   * remembered.
   */
  stale(): boolean;
}

export type Counted = Pick<Conversation, "seq" | "rev" | "readSeq" | "unread" | "mentions">;

/** Somebody else's message beyond the read position. */
type Heard = {
  rev: number;
  recalled: boolean;
  /** Whether it was heard when it was still to be read: a recalled one does not say whom it named. */
  mentioning: boolean | undefined;
  /** Whether the server may have left it out, as one from before this person came. */
  doubtful: boolean;
};

/** What is remembered of one conversation; the server counts what is more. */
const MOST_HEARD = 300;

export function createUnreadCount(me: Id): UnreadCount {
  let base: Counted = { seq: 0, rev: 0, readSeq: 0, unread: 0, mentions: 0 };
  let readSeq = 0;
  const heard = new Map<number, Heard>();
  /** Asked for with each change of any conversation. */
  let counts: { unread: number; mentions: number } | undefined;

  /** Those that were recalled since the server counted them. */
  const takenOff = () =>
    [...heard].flatMap(([seq, each]) => seq <= base.seq && each.recalled ? [each] : []);
  /** Those that came since the server counted. */
  const added = () =>
    [...heard].flatMap(([seq, each]) => seq > base.seq && !each.recalled ? [each] : []);

  const count = () => {
    const [off, on] = [takenOff(), added()];
    const mentioning = (those: Heard[]) => those.filter((each) => each.mentioning === true).length;
    const left = (counted: number, gone: number) =>
      readSeq >= base.seq ? 0 : Math.max(0, counted - gone);
    return {
      unread: left(base.unread, off.length) + on.length,
      mentions: left(base.mentions, mentioning(off)) + mentioning(on),
    };
  };

  return {
    value: () => (counts ??= count()).unread,
    mentions: () => (counts ??= count()).mentions,
    counted: (info) => {
      // An answer that was overtaken by a later one.
      if (info.rev < base.rev) return;
      counts = undefined;
      const { seq, rev, readSeq: read, unread, mentions } = info;
      base = { seq, rev, readSeq: read, unread, mentions };
      readSeq = Math.max(readSeq, read);
      for (const [at, each] of heard) {
        // What was recalled later than this was counted is still to be taken off.
        const later = each.recalled && each.rev > rev;
        if (at <= readSeq || at <= seq && !later) heard.delete(at);
      }
    },
    arrived: (message, joinedSeq) => {
      const { seq, rev, recalledAt } = message;
      if (seq <= readSeq || !isOthers(message, me)) return;
      if (joinedSeq !== undefined && seq <= joinedSeq) return;
      const recalled = recalledAt !== undefined;
      // What the server has counted matters only once it is recalled, and if it did not know.
      if (seq <= base.seq && (!recalled || rev <= base.rev)) return;
      const before = heard.get(seq);
      if (before !== undefined && before.rev >= rev) return;
      counts = undefined;
      heard.set(seq, {
        rev,
        recalled,
        mentioning: before?.mentioning ?? (recalled ? undefined : names(message, me)),
        doubtful: before?.doubtful ?? (seq <= base.seq && joinedSeq === undefined),
      });
    },
    read: (seq) => {
      counts = undefined;
      readSeq = Math.max(readSeq, seq);
      for (const each of heard.keys()) {
        if (each <= readSeq) heard.delete(each);
      }
    },
    readSeq: () => readSeq,
    stale: () => {
      if (heard.size > MOST_HEARD) return true;
      if (readSeq >= base.seq) return false;
      if (readSeq > base.readSeq) return true;
      return takenOff().some(({ mentioning, doubtful }) =>
        doubtful && base.unread > 0 || mentioning === undefined && base.mentions > 0
      );
    },
  };
}

/** Counts what is unread of messages that are there. */
export function countUnread(
  messages: readonly Message[],
  me: Id,
  readSeq: number,
): { unread: number; mentions: number } {
  const unread = messages.filter((message) =>
    message.seq > readSeq && message.recalledAt === undefined && isOthers(message, me)
  );
  return { unread: unread.length, mentions: unread.filter((each) => names(each, me)).length };
}

function isOthers({ sender, kind }: Message, me: Id): boolean {
  return sender !== me && kind !== "system";
}

function names({ mentions, mentionsAll }: Message, me: Id): boolean {
  return mentionsAll === true || mentions?.includes(me) === true;
}
