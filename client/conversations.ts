import type { ServerFrame, SessionReady } from "../lib/protocol/frames.ts";
import type {
  Conversation,
  ConversationDetails,
  Head,
  Id,
  Me,
  Member,
  Message,
  OwnSettings,
  SharedConversation,
} from "../lib/protocol/model.ts";
import { ApiError } from "./api.ts";
import { conversationView, listed } from "./conversation_view.ts";
import { mayRetry, type ServerEvent } from "./connection.ts";
import { type ConversationLog, createConversationLog, type LogSource } from "./conversation_log.ts";
import { backoff, type Timers } from "./timers.ts";
import { createUnreadCount, type UnreadCount } from "./unread.ts";
import type { ConversationView } from "./views.ts";

/** Everything that is known of this person's conversations, kept up by what the server sends. */
export interface Conversations {
  list(): readonly ConversationView[];
  view(id: Id): ConversationView | undefined;
  log(id: Id): ConversationLog | undefined;
  /** The start of a connection: brings every cursor up to its head. */
  ready(frame: SessionReady): void;
  /** Handles those events that concern conversations. */
  event(frame: ServerEvent): void;
  /** The whole list, as the server has it. */
  load(): Promise<void>;
  /** The newest messages and the members of one. */
  open(id: Id): Promise<void>;
  /** Nobody looks at it any more. */
  leave(id: Id): void;
  add(info: Conversation): void;
  /** What this person chose for it. */
  settle(id: Id, settings: OwnSettings): void;
  /** Its members are not who they were. */
  membersChanged(id: Id): void;
  remove(id: Id): void;
  readTo(id: Id, seq: number): void;
  close(): void;
}

export interface ConversationSource {
  list(): Promise<Conversation[]>;
  details(id: Id): Promise<ConversationDetails>;
  log(id: Id): Pick<LogSource, "sync" | "history">;
  /** Messages were added to or changed in a log. */
  messages(id: Id, messages: readonly Message[]): void;
  /** The list or one of its rows changed. */
  changed(): void;
  /** What is shown of one conversation's thread changed. */
  threadChanged(id: Id): void;
  /** Everything up to `rev` is there, as far as it will be: without end where messages were dropped. */
  reached(id: Id, rev: number): void;
  /** The server has another history: positions of the old one mean nothing any more. */
  historyChanged(id: Id): void;
  /** This person is in it no longer. */
  removed(id: Id): void;
  typers(id: Id): readonly Id[];
  /** What was typed and not sent, where the server has `stored`. */
  draft(id: Id, stored: string): string;
}

type Entry = {
  info: Conversation;
  log: ConversationLog;
  unread: UnreadCount;
  /** How far the server is known to know that this person has read. */
  confirmed: number;
  members: Member[];
  opened: boolean;
};

export function createConversations(
  me: Me,
  source: ConversationSource,
  timers: Timers,
): Conversations {
  const entries = new Map<Id, Entry>();
  let epoch: Id | undefined;
  /** Counts histories, so that what was asked of an earlier one is not taken for this one's. */
  let history = 0;
  let loading: Promise<void> | undefined;
  /** Calls off the next try to have a conversation counted. */
  const recounts = new Map<Id, () => void>();
  /**
   * What came of conversations that this client has yet to hear of: the list that is under way may
   * have been read before it.
   */
  const early = new Map<Id, (() => void)[]>();

  const whenKnown = (id: Id, then: () => void) => {
    early.set(id, [...early.get(id) ?? [], then]);
    discover(id).catch(() => {});
  };

  const createEntry = (info: Conversation): Entry => {
    const { id } = info;
    const log = createConversationLog({
      ...source.log(id),
      lost: (otherHistory) => {
        const entry = entries.get(id);
        if (entry === undefined) return;
        if (otherHistory) forget(entry);
        source.reached(id, Infinity);
        source.threadChanged(id);
        if (entry.opened) open(id).catch(() => {});
      },
      reached: (rev) => source.reached(id, rev),
      changed: (messages) => {
        const entry = entries.get(id);
        if (entry === undefined) return;
        for (const message of messages) entry.unread.arrived(message, joinedSeq(entry));
        source.messages(id, messages);
        source.threadChanged(id);
        source.changed();
      },
    }, timers);
    return {
      info,
      log,
      unread: createUnreadCount(me.id),
      confirmed: 0,
      members: [],
      opened: false,
    };
  };

  /** Behind which messages count for this person; undefined where only the server knows. */
  const joinedSeq = ({ info, members }: Entry): number | undefined =>
    // What was said before one came is not shown, unless the group shows it.
    info.historyVisible ? members.find(({ user }) => user.id === me.id)?.joinedSeq : 0;

  /** Another history: nothing that was counted or reached in the old one holds. */
  const forget = (entry: Entry) => {
    entry.unread = createUnreadCount(me.id);
    entry.confirmed = 0;
    entry.members = [];
    source.historyChanged(entry.info.id);
    turnOver();
  };

  /** What was heard and asked of an earlier history is let go. */
  const turnOver = () => {
    history++;
    loading = undefined;
    early.clear();
  };

  /** Takes in a whole conversation as the server shows it to this person. */
  const add = (info: Conversation) => {
    take(info);
    // It was read before a receipt that has been confirmed since.
    if (info.readSeq < (entries.get(info.id)?.confirmed ?? 0)) recount(info.id);
  };

  const take = (info: Conversation) => {
    let entry = entries.get(info.id);
    if (entry === undefined) {
      entries.set(info.id, entry = createEntry(info));
      source.threadChanged(info.id);
    }
    if (info.historyVisible && !entry.info.historyVisible) entry.log.reveal();
    entry.info = info;
    entry.unread.counted(info);
    entry.log.head(info.seq, info.rev);
    const waiting = early.get(info.id);
    early.delete(info.id);
    for (const then of waiting ?? []) then();
    source.changed();
  };

  /** A conversation as everybody in it sees it, or as this person does. */
  const shown = (info: Conversation | SharedConversation) => {
    if ("readSeq" in info) return add(info);
    const entry = entries.get(info.id);
    if (entry === undefined) return whenKnown(info.id, () => {});
    const { seq, rev, ...shared } = info;
    if (info.historyVisible && !entry.info.historyVisible) entry.log.reveal();
    entry.info = { ...entry.info, ...shared };
    entry.log.head(seq, rev);
    source.changed();
  };

  const remove = (id: Id) => {
    entries.get(id)?.log.close();
    entries.delete(id);
    source.reached(id, Infinity);
    source.removed(id);
    source.changed();
    source.threadChanged(id);
  };

  let closed = false;

  const load = (): Promise<void> => {
    const before = [...entries.keys()];
    const asked = history;
    const own = loading ??= source.list().then((list) => {
      if (closed || asked !== history) return;
      const listed = new Set(list.map((info) => info.id));
      // One that was added meanwhile is not missing, but newer than the list.
      for (const id of before) {
        if (!listed.has(id)) remove(id);
      }
      for (const info of list) add(info);
    }).finally(() => {
      if (loading === own) loading = undefined;
    });
    return own;
  };

  /** Makes a conversation known that was heard of for the first time. */
  const discover = async (id: Id): Promise<void> => {
    await load();
    // The list that was under way may have been older than the conversation.
    if (!entries.has(id)) await load();
    early.delete(id);
  };

  const open = async (id: Id): Promise<void> => {
    if (!entries.has(id)) await discover(id);
    const entry = entries.get(id);
    if (entry === undefined) {
      throw new ApiError({ code: "not-member", status: 404, message: "no such conversation" });
    }
    entry.opened = true;
    const asked = history;
    const [details] = await Promise.all([source.details(id), entry.log.open()]);
    if (asked !== history) return await open(id);
    // What was removed meanwhile is not brought back by an answer from before.
    if (entries.get(id) !== entry) return;
    const { members, ...info } = details;
    entry.members = mergeMembers(entry.members, members);
    add(info);
    source.threadChanged(id);
  };

  const head = (frame: Head): void => {
    const { conversation, seq, rev, readSeq } = frame;
    const entry = entries.get(conversation);
    if (entry === undefined) return whenKnown(conversation, () => head(frame));
    entry.log.head(seq, rev);
    readConfirmed(conversation, readSeq);
  };

  const change = (conversation: Id, rev: number, message: Message | undefined): void => {
    const entry = entries.get(conversation);
    if (entry === undefined) whenKnown(conversation, () => change(conversation, rev, message));
    else entry.log.change(rev, message);
  };

  const readTo = (id: Id, seq: number) => {
    const entry = entries.get(id);
    if (entry === undefined || seq <= entry.unread.readSeq()) return;
    entry.unread.read(seq);
    source.changed();
  };

  /** The server knows how far this person has read: what only it can count, it is asked for. */
  const readConfirmed = (id: Id, seq: number) => {
    readTo(id, seq);
    const entry = entries.get(id);
    if (entry === undefined) return;
    entry.confirmed = Math.max(entry.confirmed, seq);
    recount(id);
  };

  /** What only the server can count is asked for until it has been. */
  const recount = (id: Id, failures = 0) => {
    const entry = entries.get(id);
    if (!entry?.unread.stale()) return;
    const asked = history;
    source.details(id).then(
      // Whatever it says: whoever left and came back has read nothing, as the server sees it.
      ({ members: _, ...info }) => {
        if (!closed && asked === history && entries.get(id) === entry) take(info);
      },
      (error) => {
        if (closed || !mayRetry(error)) return;
        recounts.get(id)?.();
        const wait = backoff(failures + 1, timers);
        recounts.set(id, timers.after(wait, () => recount(id, failures + 1)));
      },
    );
  };

  const receipt = (frame: Extract<ServerFrame, { type: "receipt" }>) => {
    const { conversation, user, readSeq, deliveredSeq } = frame;
    if (user === me.id) return readConfirmed(conversation, readSeq);
    const entry = entries.get(conversation);
    if (entry === undefined) return;
    entry.members = entry.members.map((member) =>
      member.user.id === user
        ? {
          ...member,
          readSeq: Math.max(member.readSeq, readSeq),
          deliveredSeq: Math.max(member.deliveredSeq, deliveredSeq),
        }
        : member
    );
    source.changed();
    source.threadChanged(conversation);
  };

  const viewOf = (entry: Entry): ConversationView =>
    conversationView({
      ...entry,
      me: me.id,
      newest: entry.log.newest(),
      typers: source.typers(entry.info.id),
      draft: source.draft(entry.info.id, entry.info.draft),
    });

  return {
    list: () => listed([...entries.values()].map(viewOf)),
    view: (id) => {
      const entry = entries.get(id);
      return entry === undefined ? undefined : viewOf(entry);
    },
    log: (id) => entries.get(id)?.log,
    ready: (frame) => {
      const otherLog = epoch !== undefined && epoch !== frame.epoch;
      epoch = frame.epoch;
      if (otherLog) {
        turnOver();
        for (const [id, entry] of entries) {
          entry.log.reset();
          forget(entry);
          source.reached(id, Infinity);
          source.threadChanged(id);
        }
      }
      for (const { conversation, seq, rev, readSeq } of frame.heads) {
        const entry = entries.get(conversation);
        if (entry === undefined) continue;
        // Whatever kept an open thread from loading, a new connection is a new chance. One whose
        // window is lost only now opens itself.
        const waits = entry.opened && !entry.log.loaded();
        entry.log.restart(seq, rev);
        readConfirmed(conversation, readSeq);
        if (waits) open(conversation).catch(() => {});
      }
    },
    event: (frame) => {
      switch (frame.type) {
        case "message":
          return change(frame.message.conversation, frame.message.rev, frame.message);
        case "advance":
          return change(frame.conversation, frame.rev, undefined);
        case "head":
          return head(frame);
        case "receipt":
          return receipt(frame);
        case "conversation":
          return shown(frame.conversation);
        case "conversation.removed":
          return remove(frame.conversation);
      }
    },
    load,
    open,
    leave: (id) => {
      const entry = entries.get(id);
      if (entry !== undefined) entry.opened = false;
    },
    add,
    settle: (id, settings) => {
      const entry = entries.get(id);
      if (entry === undefined) return;
      const { mutedUntil, pinned, hidden, markedUnread, draft } = settings;
      entry.info = { ...entry.info, mutedUntil, pinned, hidden, markedUnread, draft };
      source.changed();
      source.threadChanged(id);
    },
    membersChanged: (id) => {
      if (entries.get(id)?.opened) open(id).catch(() => {});
    },
    remove,
    readTo,
    close: () => {
      closed = true;
      for (const stop of recounts.values()) stop();
      for (const entry of entries.values()) entry.log.close();
      entries.clear();
    },
  };
}

/** A receipt that came while the members were on their way is not taken back. */
function mergeMembers(known: readonly Member[], fresh: readonly Member[]): Member[] {
  const before = new Map(known.map((member) => [member.user.id, member]));
  return fresh.map((member) => {
    const old = before.get(member.user.id);
    return {
      ...member,
      readSeq: Math.max(member.readSeq, old?.readSeq ?? 0),
      deliveredSeq: Math.max(member.deliveredSeq, old?.deliveredSeq ?? 0),
    };
  });
}
