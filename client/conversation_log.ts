import type { Answers } from "../lib/protocol/frames.ts";
import type { Message } from "../lib/protocol/model.ts";
import { mayRetry } from "./connection.ts";
import { backoff, type Timers } from "./timers.ts";

/** Milliseconds that a missing revision may still come by itself: nodes deliver in any order. */
const GAP_PATIENCE = 150;
/** Messages kept of a conversation that nobody has opened. */
const KEPT_UNOPENED = 1;

/**
 * One conversation's log as this client knows it: follows the revisions, notices what is missing
 * and fetches it. Messages come out in `seq` order, each once, without a hole.
 */
export interface ConversationLog {
  /** The revision up to which everything is known; undefined before the first head. */
  cursor(): number | undefined;
  /** Ascending and without a hole, from the oldest loaded one. */
  messages(): readonly Message[];
  newest(): Message | undefined;
  hasOlder(): boolean;
  loaded(): boolean;
  /** A live change; without a message when it is one that this member may not see. */
  change(rev: number, message?: Message): void;
  /** The log may be ahead of what came through. */
  head(seq: number, rev: number): void;
  /** Goes on from a head: what was said up to it is known otherwise, and shown to nobody. */
  skip(seq: number, rev: number): void;
  /** The head at the start of a connection: below the cursor it means another history. */
  restart(seq: number, rev: number): void;
  /** What was said before this person came may be read from now on. */
  reveal(): void;
  /** Of what was said before `from` nothing may be read any longer: drops what the window has. */
  conceal(from: number): void;
  /** Forgets everything but that the log exists. */
  reset(): void;
  /** Lets go of what is no longer to be kept. */
  trim(): void;
  open(): Promise<void>;
  loadOlder(): Promise<void>;
  close(): void;
}

export interface LogSource {
  sync(since: number): Promise<Answers["conversation.sync"]>;
  history(before: number | undefined): Promise<Answers["conversation.history"]>;
  /** The revisions that this log may be behind and still catch up: how much it is worth. */
  reach(): number;
  /** How many messages are kept once some were loaded: all of them only while somebody looks. */
  kept(): number;
  /** The window was dropped: too far behind to catch up, or the history is another one. */
  lost(otherHistory: boolean): void;
  /** Messages were added or replaced. */
  changed(messages: readonly Message[]): void;
  /** The cursor has moved, and whatever may be seen up to it is there. */
  reached(rev: number): void;
}

export function createConversationLog(source: LogSource, timers: Timers): ConversationLog {
  let cursor: number | undefined;
  let target = 0;
  let messages = new Map<number, Message>();
  let first = Infinity;
  let last = 0;
  let loaded = false;
  let loading: Promise<void> | undefined;
  let hasOlder = false;
  /** Changes of messages that were not loaded, since the page that is on its way was asked for. */
  const overtaking = new Map<number, Message>();
  /** Changes beyond the cursor + 1, by revision. */
  const held = new Map<number, Message | undefined>();
  let syncing = false;
  /** Whether pages of a sync are missing: what was changed last comes last, whatever its position. */
  let partial = false;
  let failures = 0;
  /** Runs while a gap may still close by itself, and while a failed sync waits for its next try. */
  let gap: (() => void) | undefined;
  let retry: (() => void) | undefined;
  /** Counts resets, and windows, so that answers to earlier questions are dropped. */
  let generation = 0;
  let windows = 0;

  const keep = (found: readonly Message[]): Message[] => {
    const fresh: Message[] = [];
    for (const message of found) {
      const known = messages.get(message.seq);
      if (known !== undefined && known.rev >= message.rev) continue;
      // A change of a message that was not loaded: its page will bring it, or was read before it.
      if (known === undefined && message.seq < first && first !== Infinity && hasOlder) {
        if (loading !== undefined) overtaking.set(message.seq, message);
        fresh.push(message);
        continue;
      }
      messages.set(message.seq, message);
      first = Math.min(first, message.seq);
      last = Math.max(last, message.seq);
      fresh.push(message);
    }
    if (loading === undefined) trim();
    return fresh;
  };

  const trim = () => forgetBefore(last - (loaded ? source.kept() : KEPT_UNOPENED) + 1);

  const forgetBefore = (seq: number) => {
    while (first < seq) {
      messages.delete(first++);
      hasOlder = true;
    }
  };

  /**
   * Once everything up to the cursor has come, a position that is missing was said while this
   * person was no member and never comes: the window begins behind it.
   */
  const closeHoles = () => {
    if (partial || messages.size === 0 || messages.size === last - first + 1) return;
    let start = last;
    while (messages.has(start - 1)) start--;
    for (const seq of [...messages.keys()]) {
      if (seq < start) messages.delete(seq);
    }
    first = start;
    hasOlder = true;
  };

  const stopGap = () => {
    gap?.();
    gap = undefined;
  };

  const stopRetry = () => {
    retry?.();
    retry = undefined;
  };

  const settle = () => {
    if (cursor === undefined) return;
    const before = cursor;
    const ready: Message[] = [];
    for (const rev of [...held.keys()].sort((a, b) => a - b)) {
      if (rev > cursor + 1) break;
      const message = held.get(rev);
      held.delete(rev);
      if (rev <= cursor) continue;
      cursor = rev;
      if (message !== undefined) ready.push(message);
    }
    const fresh = keep(ready);
    closeHoles();
    if (fresh.length > 0) source.changed(fresh);
    if (cursor > before) source.reached(cursor);
    // Patience is for the missing revision alone: what comes behind it does not renew it.
    if (cursor > before || held.size === 0) stopGap();
    if (syncing || retry !== undefined) return;
    if (target > cursor) void sync();
    else if (held.size > 0) gap ??= timers.after(GAP_PATIENCE, () => void sync());
  };

  const sync = async () => {
    stopGap();
    stopRetry();
    if (syncing || cursor === undefined) return;
    const furthest = Math.max(target, ...held.keys());
    if (furthest - cursor > source.reach()) return startOver(1, furthest);
    syncing = true;
    const own = generation;
    const aim = target;
    try {
      let more = true;
      while (more) {
        const answer = await source.sync(cursor);
        if (own !== generation) return;
        const fresh = keep(answer.messages);
        partial = more = answer.more;
        closeHoles();
        const reached = more ? answer.messages.at(-1)?.rev ?? answer.rev : answer.rev;
        cursor = Math.max(cursor, reached);
        if (fresh.length > 0) source.changed(fresh);
        source.reached(cursor);
      }
      failures = 0;
      // A head that came meanwhile may be ahead of what was just answered.
      if (target === aim) target = 0;
      syncing = false;
      settle();
    } catch (error) {
      if (own !== generation) return;
      syncing = false;
      // Without a connection the next one's head starts this again.
      if (mayRetry(error)) {
        retry = timers.after(backoff(++failures, timers), () => void sync());
      }
    }
  };

  const dropWindow = () => {
    windows++;
    messages = new Map();
    first = Infinity;
    last = 0;
    loaded = false;
    loading = undefined;
    hasOlder = false;
  };

  const reset = () => {
    stop();
    cursor = undefined;
    target = 0;
    held.clear();
    dropWindow();
  };

  /** Answers that are under way are for a cursor that is left. */
  const stop = () => {
    generation++;
    stopGap();
    stopRetry();
    syncing = false;
    partial = false;
  };

  const head = (seq: number, rev: number) => {
    if (cursor === undefined) {
      cursor = rev;
      hasOlder = seq > 0;
      settle();
      return;
    }
    if (rev <= cursor) return;
    if (rev - cursor > source.reach()) return startOver(seq, rev);
    target = Math.max(target, rev);
    settle();
  };

  /** What is held beyond the new cursor stays: one's own messages come but once. */
  const jump = (seq: number, rev: number) => {
    stop();
    dropWindow();
    hasOlder = seq > 0;
    cursor = rev;
    source.reached(rev);
    settle();
  };

  const startOver = (seq: number, rev: number) => {
    jump(seq, rev);
    source.lost(false);
  };

  const loadPage = async (before: number | undefined): Promise<void> => {
    const own = windows;
    overtaking.clear();
    const page = await source.history(before);
    if (own !== windows) return;
    const found = page.messages.map((message) => {
      const later = overtaking.get(message.seq);
      return later !== undefined && later.rev > message.rev ? later : message;
    });
    hasOlder = page.more;
    loaded = true;
    // A page is older than what came live: it may only fill in.
    first = Math.min(first, found[0]?.seq ?? first);
    const fresh = keep(found);
    closeHoles();
    source.changed(fresh);
  };

  const load = (before: number | undefined): Promise<void> => {
    const own = windows;
    loading ??= loadPage(before).finally(() => {
      if (own === windows) loading = undefined;
    });
    return loading;
  };

  return {
    cursor: () => cursor,
    messages: () => {
      const run: Message[] = [];
      for (let seq = first; seq <= last; seq++) {
        const message = messages.get(seq);
        if (message === undefined) break;
        run.push(message);
      }
      return run;
    },
    newest: () => messages.get(last),
    hasOlder: () => hasOlder,
    loaded: () => loaded,
    change: (rev, message) => {
      if (cursor !== undefined && rev <= cursor) return;
      held.set(rev, message);
      settle();
    },
    head,
    skip: (seq, rev) => {
      if (cursor === undefined) head(seq, rev);
      else if (rev > cursor) jump(seq, rev);
    },
    restart: (seq, rev) => {
      // What failed on the last connection is tried at once on this one.
      stopRetry();
      if (cursor === undefined || rev >= cursor) return head(seq, rev);
      reset();
      head(seq, rev);
      source.lost(true);
    },
    reveal: () => {
      if (cursor !== undefined && first > 1) hasOlder = true;
    },
    conceal: (from) => {
      // What is under way may have some of it as well.
      windows++;
      loading = undefined;
      if (first >= from) return;
      if (from > last) dropWindow();
      else forgetBefore(from);
      hasOlder = true;
    },
    reset,
    trim,
    open: async () => {
      if (!loaded) await load(undefined);
    },
    loadOlder: async () => {
      if (loaded && hasOlder) await load(first === Infinity ? undefined : first);
    },
    close: () => {
      stop();
      windows++;
    },
  };
}
