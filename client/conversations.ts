import { LIMITS } from "../lib/protocol/codes.ts";
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
import type { ServerEvent } from "./connection.ts";
import { type ConversationLog, createConversationLog, type LogSource } from "./conversation_log.ts";
import { mergeMembers, moveMember, type Reached, reachedByOthers } from "./members.ts";
import { createRefetch } from "./refetch.ts";
import type { Timers } from "./timers.ts";
import { createUnreadCount, type UnreadCount } from "./unread.ts";
import type { ConversationView } from "./views.ts";
import { countWindow } from "./window_count.ts";

/** Everything that is known of this person's conversations, kept up by what the server sends. */
export interface Conversations {
  list(): readonly ConversationView[];
  hidden(): readonly ConversationView[];
  view(id: Id): ConversationView | undefined;
  info(id: Id): Conversation | undefined;
  log(id: Id): ConversationLog | undefined;
  /** The position of the newest message that is known. */
  newest(id: Id): number;
  /**
   * The start of a connection. Those that are looked at are brought up to their heads; the others
   * go on from there, and the list has to be loaded.
   */
  ready(frame: SessionReady): void;
  /** Handles those events that concern conversations. */
  event(frame: ServerEvent): void;
  /** The whole list, as the server has it from now on. */
  load(): Promise<void>;
  /** The newest messages and the members of one, which is looked at from now on. */
  open(id: Id): Promise<void>;
  /** Nobody looks at it any more. */
  leave(id: Id): void;
  add(info: Conversation): void;
  /** The server is asked for what this person chose; what it answers is handed to the answer. */
  settling(id: Id, wanted: Partial<OwnSettings>): (settings: OwnSettings) => void;
  /** Its members are not who they were. */
  membersChanged(id: Id): void;
  remove(id: Id): void;
  readTo(id: Id, seq: number): void;
  /** The server knows that this person has read up to `seq`. */
  confirm(id: Id, seq: number): void;
  close(): void;
}

export interface ConversationSource {
  list(): Promise<Conversation[]>;
  /** Sees to it that the list is loaded, with all the others who want it. */
  reload(): void;
  /** At once for whom a person waits, in line with the others for what is only to be in step. */
  details(id: Id, when: "now" | "in-line"): Promise<ConversationDetails>;
  /** Without its members, who are many in a large group. */
  row(id: Id): Promise<Conversation>;
  log(id: Id, isOpened: () => boolean): Pick<LogSource, "sync" | "history">;
  /** Messages were added to or changed in a log. */
  messages(id: Id, messages: readonly Message[]): void;
  /** What is unread up to `seq` was shown by a row of the list. */
  listed(id: Id, seq: number): void;
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
  /** Computed when the members change: groups are large, and lists are asked for often. */
  reached: Reached;
  /** The log's end when the members were read. */
  membersAt: number;
  /** Whether the server has to be asked who they are. */
  membersDue: boolean;
  /** Whether messages came and went without having been counted. */
  countDue: boolean;
  /** The end of the log when it was heard of as hidden, if it is. */
  hiddenAt: number;
  /** When this person's settings were last heard of, in questions to the server. */
  settledAt: number;
  /** When the server was asked for what it answered last, by setting. */
  chosenAt: Map<string, number>;
};

/**
 * Revisions that a conversation which nobody looks at may be behind and still be brought up to date
 * by its messages: one page. Beyond that its row is asked for instead.
 */
const UNOPENED_REACH = LIMITS.syncPage.max;

/** Milliseconds within which changes of the members become one question. */
const MEMBERS_WITHIN = 500;

/** Milliseconds over which many clients' questions after the same event are spread. */
const SPREAD = 2_000;
const LARGE_SPREAD = 10_000;

const OF_MEMBERS = new Set(["joined", "left", "removed", "role", "silenced"]);

export function createConversations(
  me: Me,
  source: ConversationSource,
  timers: Timers,
): Conversations {
  const entries = new Map<Id, Entry>();
  /** Those that somebody looks at, known or not: only of these is anything loaded. */
  const opened = new Set<Id>();
  let epoch: Id | undefined;
  /** Counts histories, so that what was asked of an earlier one is not taken for this one's. */
  let history = 0;
  /** Counts questions and settings, so that an answer is told from what was settled since. */
  let moment = 0;
  let loading: Promise<void> | undefined;
  let lists = 0;
  let closed = false;
  /**
   * What came of conversations that this client has yet to hear of: the list that is under way may
   * have been read before it. Of each the latest are enough: what was before them is then seen to
   * be missing.
   */
  const early = new Map<Id, (() => void)[]>();

  /** A large group has long lists of members, and many who ask for them. */
  const spread = ({ info }: Entry) => {
    const isLarge = info.memberCount > LIMITS.receiptMembers;
    return Math.round(timers.random() * (isLarge ? LARGE_SPREAD : SPREAD));
  };

  const whenKnown = (id: Id, then: () => void) => {
    const waiting = early.get(id) ?? [];
    early.set(id, waiting);
    waiting.push(then);
    if (waiting.length > UNOPENED_REACH) waiting.shift();
    source.reload();
  };

  const createEntry = (info: Conversation): Entry => {
    const { id } = info;
    const isOpened = () => opened.has(id);
    const log = createConversationLog({
      ...source.log(id, isOpened),
      reach: () => isOpened() ? LIMITS.syncWindow : UNOPENED_REACH,
      kept: () => isOpened() ? Infinity : LIMITS.historyPage.default,
      lost: (otherHistory) => {
        const entry = entries.get(id);
        if (entry === undefined) return;
        if (otherHistory) forget(entry);
        source.reached(id, Infinity);
        source.threadChanged(id);
        if (isOpened()) open(id).catch(() => {});
        else {
          entry.countDue = true;
          ask(id, spread(entry));
        }
      },
      reached: (rev) => source.reached(id, rev),
      changed: (messages) => {
        const entry = entries.get(id);
        if (entry === undefined) return;
        for (const message of messages) heard(entry, message);
        if (entry.unread.stale()) recount(id, spread(entry));
        source.messages(id, messages);
        source.threadChanged(id);
        source.changed();
      },
    }, timers);
    return {
      ...{ info, log, unread: createUnreadCount(me.id), confirmed: 0 },
      ...{ members: [], reached: reachedByOthers([], me.id) },
      ...{ membersAt: 0, membersDue: false, countDue: false },
      ...{ hiddenAt: 0, settledAt: 0, chosenAt: new Map() },
    };
  };

  const heard = (entry: Entry, message: Message) => {
    entry.unread.arrived(message, joinedSeq(entry));
    const { event, seq } = message;
    if (entry.info.hidden && seq > entry.hiddenAt) entry.info = { ...entry.info, hidden: false };
    if (event === undefined || seq <= entry.membersAt || !OF_MEMBERS.has(event.type)) return;
    membersChanged(entry.info.id);
  };

  /** Behind which messages count for this person; undefined where only the server knows. */
  const joinedSeq = ({ info, members }: Entry): number | undefined =>
    // What was said before one came is not shown, unless the group shows it.
    info.historyVisible ? memberIn(members)?.joinedSeq : 0;

  const memberIn = (members: readonly Member[]) => members.find(({ user }) => user.id === me.id);

  const setMembers = (entry: Entry, members: Member[]) => {
    entry.members = members;
    entry.reached = reachedByOthers(members, me.id);
  };

  /** Another history: nothing that was counted or reached in the old one holds. */
  const forget = (entry: Entry) => {
    entry.info = { ...entry.info, seq: 0, rev: 0, lastMessage: null };
    entry.unread = createUnreadCount(me.id);
    entry.confirmed = 0;
    setMembers(entry, []);
    entry.membersAt = 0;
    entry.hiddenAt = 0;
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
    takeCounted(info, ++moment);
    source.changed();
  };

  /** As `take`; and where it was read before a receipt that was confirmed since, it is counted anew. */
  const takeCounted = (info: Conversation, asked: number) => {
    take(info, asked);
    if (info.readSeq < (entries.get(info.id)?.confirmed ?? 0)) recount(info.id);
  };

  /**
   * Whoever calls it says that the list changed: once for all rows, since each time whoever shows it
   * goes through the whole of it.
   * @param asked when the server was asked for it
   */
  const take = (info: Conversation, asked: number) => {
    let entry = entries.get(info.id);
    if (entry === undefined) {
      entries.set(info.id, entry = createEntry(info));
      source.threadChanged(info.id);
    }
    const settings = settingsOf(asked < entry.settledAt ? entry.info : info);
    if (asked >= entry.settledAt) {
      // Whatever was said since it was read has ended this.
      if (newestOf(entry) > info.seq) settings.hidden = false;
      entry.hiddenAt = info.seq;
      entry.settledAt = asked;
    }
    become(entry, info.rev < entry.info.rev ? entry.info : info, settings);
    entry.unread.counted(info);
    if (opened.has(info.id)) entry.log.head(info.seq, info.rev);
    else skip(entry, info.seq, info.rev);
    if (entry.unread.value() > 0) source.listed(info.id, info.seq);
    const waiting = early.get(info.id);
    early.delete(info.id);
    for (const then of waiting ?? []) then();
  };

  const become = (
    entry: Entry,
    info: Conversation | SharedConversation,
    settings: OwnSettings,
  ) => {
    const { log, members, info: before } = entry;
    entry.info = { ...before, ...info, ...settings };
    if (info.historyVisible === before.historyVisible) return;
    if (info.historyVisible) return log.reveal();
    // Whoever was shown a message was there when it was said, and is shown what follows.
    const joined = memberIn(members)?.joinedSeq;
    const shown = "readSeq" in info ? info.lastMessage?.seq : undefined;
    const from = joined !== undefined ? joined + 1 : shown ?? Infinity;
    // Without a window there is but the newest message, which the list has shown already.
    if (from < Infinity || log.loaded()) log.conceal(from);
    source.threadChanged(info.id);
    if (opened.has(info.id) && !log.loaded()) open(info.id).catch(() => {});
  };

  /**
   * Nobody looks at it, so its row is all that is shown: the log goes on from where it stands, and
   * nothing of what was said meanwhile is loaded.
   */
  const skip = (entry: Entry, seq: number, rev: number) => {
    const { log, info } = entry;
    if (rev <= (log.cursor() ?? -1)) return;
    const newest = log.newest();
    // Until the row comes, the newest that is known is what it shows.
    if (newest !== undefined && newest.seq > (info.lastMessage?.seq ?? 0)) {
      entry.info = { ...info, lastMessage: newest };
    }
    const shown = log.loaded();
    log.skip(seq, rev);
    if (shown) source.threadChanged(info.id);
  };

  /** A conversation as everybody in it sees it, or as this person does. */
  const shown = (info: Conversation | SharedConversation) => {
    if ("readSeq" in info) return add(info);
    const entry = entries.get(info.id);
    if (entry === undefined) return whenKnown(info.id, () => {});
    // An older one says nothing new. The log is told of its changes by themselves.
    if (info.rev < entry.info.rev) return;
    become(entry, info, settingsOf(entry.info));
    source.changed();
    source.threadChanged(info.id);
  };

  const remove = (id: Id) => {
    drop(id);
    source.changed();
  };

  const drop = (id: Id) => {
    entries.get(id)?.log.close();
    entries.delete(id);
    opened.delete(id);
    source.reached(id, Infinity);
    source.removed(id);
    source.threadChanged(id);
  };

  const load = (): Promise<void> => {
    const before = [...entries.keys()];
    const wanted = [...early.keys()];
    const asked = ++moment;
    const mine = ++lists;
    const inHistory = history;
    const own = loading = source.list().then((list) => {
      // A later one was asked for since: what it says is as new as this, or newer.
      if (closed || inHistory !== history || mine !== lists) return;
      const listed = new Set(list.map((info) => info.id));
      // One that was added meanwhile is not missing, but newer than the list.
      for (const id of before) {
        if (!listed.has(id)) drop(id);
      }
      for (const info of list) takeCounted(info, asked);
      // Whoever is not in a list that was asked for since is in it no longer.
      for (const id of wanted) early.delete(id);
      // Also an empty list is one.
      source.changed();
    }).finally(() => {
      if (loading === own) loading = undefined;
    });
    return own;
  };

  /** Makes a conversation known that a person wants to see. */
  const discover = async (id: Id): Promise<void> => {
    await (loading ?? load());
    // The list that was under way may have been older than the conversation.
    if (!entries.has(id)) await (loading ?? load());
  };

  const open = async (id: Id): Promise<void> => {
    opened.add(id);
    if (!entries.has(id)) await discover(id);
    if (!opened.has(id)) return;
    const entry = entries.get(id);
    if (entry === undefined) {
      opened.delete(id);
      throw new ApiError({ code: "not-member", status: 404, message: "no such conversation" });
    }
    entry.membersDue = true;
    const inHistory = history;
    await Promise.all([readDetails(entry, "now"), entry.log.open()]);
    if (inHistory !== history) return await open(id);
    source.threadChanged(id);
  };

  const readDetails = async (entry: Entry, when: "now" | "in-line"): Promise<void> => {
    const { id } = entry.info;
    const inHistory = history;
    const asked = ++moment;
    // Whatever becomes due from here on, the answer may have been read before it.
    const due = { members: entry.membersDue, count: entry.countDue };
    Object.assign(entry, { membersDue: false, countDue: false });
    try {
      const { members, ...info } = await source.details(id, when);
      // What was removed meanwhile is not brought back by an answer from before.
      if (closed || inHistory !== history || entries.get(id) !== entry) return;
      if (info.seq >= entry.membersAt) {
        setMembers(entry, mergeMembers(entry.members, members));
        entry.membersAt = info.seq;
      }
      // Whatever it says: whoever left and came back has read nothing, as the server sees it.
      take(info, asked);
      source.changed();
      source.threadChanged(id);
    } catch (error) {
      entry.membersDue ||= due.members;
      entry.countDue ||= due.count;
      throw error;
    }
  };

  /** For what only the server can count. */
  const readRow = async (entry: Entry): Promise<void> => {
    const { id } = entry.info;
    const inHistory = history;
    const asked = ++moment;
    const due = entry.countDue;
    entry.countDue = false;
    try {
      const info = await source.row(id);
      if (closed || inHistory !== history || entries.get(id) !== entry) return;
      take(info, asked);
      source.changed();
    } catch (error) {
      entry.countDue ||= due;
      throw error;
    }
  };

  const refetch = createRefetch(async (id) => {
    const entry = entries.get(id);
    if (entry === undefined || closed) return;
    const { membersDue, countDue, unread } = entry;
    if (membersDue && opened.has(id)) await readDetails(entry, "in-line");
    else if (countDue || unread.stale()) await readRow(entry);
  }, timers);

  const ask = (id: Id, after = 0) => refetch.ask(id, after);

  /** Of one that nobody looks at, the members are read when somebody does. */
  const membersChanged = (id: Id) => {
    const entry = entries.get(id);
    if (entry === undefined || !opened.has(id)) return;
    entry.membersDue = true;
    const isLarge = entry.info.memberCount > LIMITS.receiptMembers;
    ask(id, MEMBERS_WITHIN + (isLarge ? spread(entry) : 0));
  };

  /** What the window here does not show, only the server can count: it is asked until it has. */
  const recount = (id: Id, after = 0) => {
    const entry = entries.get(id);
    if (!entry?.unread.stale()) return;
    countHere(entry);
    if (!entry.unread.stale()) return source.changed();
    // Before the server knows how far this person has read, its count would be of no use.
    const known = Math.max(entry.confirmed, entry.info.readSeq);
    if (entry.unread.readSeq() <= known) ask(id, after);
  };

  const countHere = (entry: Entry) => {
    const { log, unread } = entry;
    const counts = countWindow(log, me.id, unread.readSeq(), joinedSeq(entry));
    if (counts !== undefined) unread.counted(counts);
  };

  const head = (frame: Head): void => {
    const { conversation, seq, rev, readSeq } = frame;
    const entry = entries.get(conversation);
    if (entry === undefined) return whenKnown(conversation, () => head(frame));
    entry.log.head(seq, rev);
    confirm(conversation, readSeq);
  };

  const change = (conversation: Id, rev: number, message: Message | undefined): void => {
    const entry = entries.get(conversation);
    if (entry === undefined) whenKnown(conversation, () => change(conversation, rev, message));
    else entry.log.change(rev, message);
  };

  const readTo = (id: Id, seq: number) => {
    const entry = entries.get(id);
    if (entry !== undefined && moveRead(entry, seq)) source.changed();
  };

  const moveRead = (entry: Entry, seq: number): boolean => {
    if (seq <= entry.unread.readSeq()) return false;
    entry.unread.read(seq);
    if (entry.info.markedUnread) {
      entry.info = { ...entry.info, markedUnread: false };
      entry.settledAt = ++moment;
    }
    if (entry.unread.stale()) countHere(entry);
    return true;
  };

  /** The server knows how far this person has read: what only it can count, it may be asked for. */
  const confirm = (id: Id, seq: number) => {
    readTo(id, seq);
    const entry = entries.get(id);
    if (entry !== undefined) entry.confirmed = Math.max(entry.confirmed, seq);
    recount(id);
  };

  const receipt = (frame: Extract<ServerFrame, { type: "receipt" }>) => {
    const { conversation, user, readSeq, deliveredSeq } = frame;
    if (user === me.id) return confirm(conversation, readSeq);
    const entry = entries.get(conversation);
    if (entry === undefined) return;
    setMembers(entry, moveMember(entry.members, user, { readSeq, deliveredSeq }));
    // No row of the list shows how far others are.
    source.threadChanged(conversation);
  };

  /** @param newest the newest message that was known when the server was asked */
  const settle = (entry: Entry, { wanted, settings, asked, newest = 0 }: {
    wanted: Partial<OwnSettings>;
    settings: OwnSettings;
    asked: number;
    newest: number | undefined;
  }) => {
    const found = settingsOf(settings);
    // What came since the question may have been said after the answer was made. Where it was not,
    // the frame about this change says so, and may have done so already.
    if (!entry.info.hidden && newestOf(entry) > newest) found.hidden = false;
    const names = Object.keys(found) as (keyof OwnSettings)[];
    // An answer that others have overtaken says only what it was asked for.
    const overtaken = asked < entry.settledAt
      ? names.filter((name) => !(name in wanted) || asked < (entry.chosenAt.get(name) ?? 0))
      : [];
    for (const name of overtaken) delete (found as Partial<OwnSettings>)[name];
    entry.info = { ...entry.info, ...found };
    if (found.hidden === true) entry.hiddenAt = Math.max(newest, entry.hiddenAt);
    for (const name of Object.keys(wanted)) {
      entry.chosenAt.set(name, Math.max(asked, entry.chosenAt.get(name) ?? 0));
    }
    entry.settledAt = ++moment;
  };

  /** Brings one up to its head at the start of a connection. */
  const restart = (entry: Entry, { conversation, seq, rev, readSeq }: Head) => {
    const { log } = entry;
    if (opened.has(conversation)) {
      // Whatever kept an open thread from loading, a new connection is a new chance. One whose
      // window is lost only now opens itself.
      const waits = !log.loaded();
      log.restart(seq, rev);
      if (waits) open(conversation).catch(() => {});
      else if (entry.membersDue) ask(conversation);
    } else if (rev < (log.cursor() ?? 0)) startAnew(entry, { seq, rev });
    else skip(entry, seq, rev);
    // What it is to be counted from comes with the list.
    moveRead(entry, readSeq);
    entry.confirmed = Math.max(entry.confirmed, readSeq);
  };

  const startAnew = (entry: Entry, at?: { seq: number; rev: number }) => {
    const { id } = entry.info;
    entry.log.reset();
    forget(entry);
    if (at !== undefined) entry.log.head(at.seq, at.rev);
    source.reached(id, Infinity);
    source.threadChanged(id);
  };

  const viewOf = (entry: Entry): ConversationView =>
    conversationView({
      ...entry,
      newest: entry.log.newest(),
      typers: source.typers(entry.info.id),
      draft: source.draft(entry.info.id, entry.info.draft),
    });

  return {
    list: () => listed([...entries.values()].map(viewOf), false),
    hidden: () => listed([...entries.values()].map(viewOf), true),
    view: (id) => {
      const entry = entries.get(id);
      return entry === undefined ? undefined : viewOf(entry);
    },
    info: (id) => entries.get(id)?.info,
    log: (id) => entries.get(id)?.log,
    newest: (id) => {
      const entry = entries.get(id);
      return entry === undefined ? 0 : newestOf(entry);
    },
    ready: (frame) => {
      const otherLog = epoch !== undefined && epoch !== frame.epoch;
      epoch = frame.epoch;
      if (otherLog) {
        turnOver();
        for (const entry of entries.values()) startAnew(entry);
      }
      for (const head of frame.heads) {
        const entry = entries.get(head.conversation);
        if (entry !== undefined) restart(entry, head);
      }
      // An empty list is one only once the server has said so.
      if (entries.size > 0) source.changed();
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
      opened.delete(id);
      entries.get(id)?.log.trim();
    },
    add,
    settling: (id, wanted) => {
      const asked = ++moment;
      const entry = entries.get(id);
      const newest = entry && newestOf(entry);
      return (settings) => {
        const now = entries.get(id);
        if (now === undefined) return;
        settle(now, { wanted, settings, asked, newest: now === entry ? newest : undefined });
        source.changed();
        source.threadChanged(id);
      };
    },
    membersChanged,
    remove,
    readTo,
    confirm,
    close: () => {
      closed = true;
      refetch.close();
      for (const entry of entries.values()) entry.log.close();
      entries.clear();
    },
  };
}

/** The position of the newest message that is known. */
function newestOf({ info, log }: Entry): number {
  return Math.max(info.seq, info.lastMessage?.seq ?? 0, log.newest()?.seq ?? 0);
}

function settingsOf(
  { mutedUntil, pinned, hidden, markedUnread, draft }: OwnSettings,
): OwnSettings {
  return { mutedUntil, pinned, hidden, markedUnread, draft };
}
