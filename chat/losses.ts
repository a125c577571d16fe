import type { Clock } from "../lib/clock.ts";
import type { Id } from "../lib/protocol/model.ts";
import type { HeadOf } from "../lib/sql/conversations.ts";
import type { Loss } from "./digest_reader.ts";
import type { Interest } from "./interest.ts";
import type { Session } from "./session.ts";

/** What the database is asked when the bus lost something. */
export interface HeadSource {
  of(conversations: readonly Id[], users: readonly Id[]): Promise<HeadOf[]>;
  recent(users: readonly Id[], seconds: number): Promise<HeadOf[]>;
}

/** Makes good what did not come through, one question at a time, until the database has answered. */
export interface Losses {
  /** To be asked about with the next tick, together with whatever else is lost until then. */
  owe(loss: Loss): void;
  /** These are asked about at once. */
  behind(conversations: Iterable<Id>): void;
  /** To be called about once a second. */
  tick(): void;
}

/** Seconds that are asked for in addition: a commit takes its time before it is published. */
const SPARE = 30;
/** Sessions that are told in one tick to load anew: all of them at once would be a flood of requests. */
const RESYNCS = 2_000;

export function createLosses(parts: {
  heads: HeadSource;
  interest: Interest;
  clock: Clock;
  sessions: { users(): Id[]; all(): Iterable<Session>; of(user: Id): Iterable<Session> };
  /** More than messages may have been lost, to anybody. */
  onAnything: () => void;
  onError: (error: unknown) => void;
}): Losses {
  const { heads, interest, clock, sessions, onAnything, onError } = parts;
  /** Conversations that are ahead of what came through, and whether more than messages was lost there. */
  let ahead = new Map<Id, boolean>();
  /** Since when anything may have been lost: a moment, for the time until the answer counts as well. */
  let anything: { since: number; besides: boolean } | undefined;
  const toLoadAnew = new Set<Session>();
  let asking = false;

  const owe = (loss: Loss) => {
    const { besides = false } = loss;
    if ("behind" in loss) {
      for (const each of loss.behind) ahead.set(each, besides || (ahead.get(each) ?? false));
      return;
    }
    anything = {
      since: Math.min(loss.since, anything?.since ?? Infinity),
      besides: besides || (anything?.besides ?? false),
    };
  };

  const sendHeads = (found: readonly HeadOf[]) => {
    for (const { user, large, ...head } of found) {
      interest.joined(user, head.conversation);
      if (large) interest.follow(head.conversation);
      for (const session of sessions.of(user)) session.send({ type: "head", ...head });
    }
  };

  const sendResyncs = () => {
    let left = RESYNCS;
    for (const session of toLoadAnew) {
      if (left-- === 0) return;
      toLoadAnew.delete(session);
      session.send({ type: "resync" });
    }
  };

  const askSince = async (since: number, besides: boolean) => {
    const users = sessions.users();
    if (users.length === 0) return;
    const seconds = Math.ceil(Math.max(0, clock.now() - since) / 1000) + SPARE;
    sendHeads(await heads.recent(users, seconds));
    if (!besides) return;
    for (const session of sessions.all()) toLoadAnew.add(session);
    sendResyncs();
    onAnything();
  };

  const askAhead = async (asked: ReadonlyMap<Id, boolean>) => {
    const users = sessions.users();
    if (users.length === 0) return;
    const { saidSo } = interest;
    const found = await heads.of([...asked.keys()], users);
    const known = new Set(found.map(({ conversation }) => conversation));
    for (const conversation of asked.keys()) {
      if (!known.has(conversation)) interest.forget(conversation, saidSo);
    }
    sendHeads(found);
    for (const { user, conversation } of found) {
      if (asked.get(conversation) !== true) continue;
      for (const session of sessions.of(user)) toLoadAnew.add(session);
    }
    sendResyncs();
  };

  /** Runs a question; what it was about is owed again where there is no answer. */
  const orOwe = async (question: Promise<void>, ...losses: Loss[]) => {
    try {
      await question;
    } catch (error) {
      losses.forEach(owe);
      throw error;
    }
  };

  const ask = async (what: "all" | "behind") => {
    if (asking) return;
    asking = true;
    try {
      if (what === "all" && anything !== undefined) {
        const { since, besides } = anything;
        anything = undefined;
        await orOwe(askSince(since, besides), { since, besides });
      }
      while (ahead.size > 0) {
        const asked = ahead;
        ahead = new Map();
        const losses = [...asked].map(([each, besides]) => ({ behind: [each], besides }));
        await orOwe(askAhead(asked), ...losses);
      }
    } catch (error) {
      onError(error);
    } finally {
      asking = false;
    }
  };

  return {
    owe,
    behind: (conversations) => {
      owe({ behind: [...conversations] });
      void ask("behind");
    },
    tick: () => {
      sendResyncs();
      void ask("all");
    },
  };
}
