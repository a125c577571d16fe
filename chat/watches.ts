import type { PresenceEnvelope } from "../lib/bus/bus.ts";
import { chunks } from "../lib/chunks.ts";
import type { Id, Presence as PresenceOf, Time } from "../lib/protocol/model.ts";
import { shownPresence } from "../lib/shown_presence.ts";
import type { ChatStore } from "../lib/sql/chat_store.ts";
import type { Pair } from "../lib/sql/watchable.ts";
import type { Presence, Seen } from "../status/presence.ts";
import type { Session } from "./session.ts";

/**
 * Which of this node's sessions want to know how whom is, and may. Only contacts may, whom
 * they do not block: that is asked when somebody begins to watch and again whenever it may have
 * changed. Until the answer is there nothing is told.
 */
export interface Watches {
  /** Watches these people instead of those before; the answer says how they are. */
  watch(session: Session, users: readonly Id[]): Promise<PresenceOf[]>;
  /** The session is gone. */
  drop(session: Session): void;
  /** Some people are otherwise than before. */
  heard(changes: PresenceEnvelope["changes"]): void;
  /** Whether two people may know how the other is may have changed. */
  related(one: Id, other: Id): Promise<void>;
  /** News of any kind may have been lost. */
  checkAll(): Promise<void>;
  /** Nodes came or went, or the store did: people may be otherwise without anyone having said so. */
  refresh(): Promise<void>;
}

/** Under way: the answer to this question says what may be told, and `told` was the last thing told. */
type Asked = { readonly question: number; readonly told: string | undefined };
/** Whether a session may be told of somebody: yes, no, or only until the moment of a block. */
type Leave = boolean | Time | Asked;
type Watched = { readonly id: Id; known: Seen | undefined; readonly sessions: Map<Session, Leave> };
type Want = { readonly session: Session; readonly users: readonly Id[] };

/** People asked for at a time, and pairs of those who watch and whom they watch. */
const CHUNK = 500;
const PAIRS = 2_000;

export function createWatches(parts: {
  presence: Pick<Presence, "read">;
  readWatchable: ChatStore["readWatchable"];
}): Watches {
  const { presence, readWatchable } = parts;
  const watched = new Map<Id, Watched>();
  /** With the ids of `watched`, so that a person's name is kept once, however many watch them. */
  const lists = new Map<Session, readonly Id[]>();
  let questions = 0;

  const drop = (session: Session) => {
    for (const id of lists.get(session) ?? []) {
      const one = watched.get(id);
      one?.sessions.delete(session);
      if (one?.sessions.size === 0) watched.delete(id);
    }
    lists.delete(session);
  };

  /** Notes how somebody is, and tells everyone to whom that is otherwise than before. */
  const learn = (seen: Seen) => {
    const one = watched.get(seen.user);
    if (one === undefined) return;
    const { known } = one;
    // What was read before a change was told may come after it.
    const late = known !== undefined && seen.version !== "" && seen.version < known.version;
    if (late || (known !== undefined && says(known) === says(seen))) return;
    one.known = seen;
    const frame = JSON.stringify({ type: "presence", ...shownPresence(seen, null) });
    for (const [session, leave] of one.sessions) {
      if (leave === true) session.send(frame);
      else if (typeof leave === "string") {
        const shown = view(one.id, seen, leave);
        if (says(shown) !== says(view(one.id, known, leave))) tell(session, shown);
      }
    }
  };

  /**
   * Asks what `wants` may be told, and how those people are; each session gets what is new to it.
   * @param read of whom it is known already how they are, and now also who was asked about
   */
  const ask = async (
    wants: readonly Want[],
    { quietly = false, read = new Set<Id>() } = {},
  ): Promise<void> => {
    const question = ++questions;
    const pairs = new Map<string, Pair>();
    for (const { session, users } of wants) {
      for (const user of users) {
        const one = watched.get(user);
        const leave = one?.sessions.get(session);
        if (one === undefined || leave === undefined) continue;
        const told = isAsked(leave) ? leave.told : says(view(user, one.known, leave));
        one.sessions.set(session, { question, told });
        pairs.set(`${session.user} ${user}`, { viewer: session.user, user });
      }
    }
    if (pairs.size === 0) return;
    const leaves = new Map<string, Leave>();
    const shown = new Set<Id>();
    for (const { viewer, user, hiddenSince } of await readWatchable([...pairs.values()])) {
      leaves.set(`${viewer} ${user}`, hiddenSince ?? true);
      shown.add(user);
    }
    for (const seen of await presence.read([...shown.difference(read)])) learn(seen);
    for (const user of shown) read.add(user);
    for (const { session, users } of wants) {
      for (const user of users) {
        const one = watched.get(user);
        const asked = one?.sessions.get(session);
        // Asked again meanwhile: then that answer counts.
        if (one === undefined || !isAsked(asked) || asked.question !== question) continue;
        const leave = leaves.get(`${session.user} ${user}`) ?? false;
        one.sessions.set(session, leave);
        const now = view(user, one.known, leave);
        if (!quietly && says(now) !== asked.told) tell(session, now);
      }
    }
  };

  return {
    watch: async (session, users) => {
      drop(session);
      const list = [...new Set(users)].map((id) => {
        const one = watched.get(id) ?? { id, known: undefined, sessions: new Map() };
        watched.set(id, one);
        one.sessions.set(session, { question: 0, told: undefined });
        return one.id;
      });
      if (list.length === 0) return [];
      lists.set(session, list);
      await ask([{ session, users: list }], { quietly: true });
      return list.map((user) => {
        const one = watched.get(user);
        return view(user, one?.known, one?.sessions.get(session));
      });
    },
    drop,
    heard: (changes) => {
      for (const seen of changes) learn(seen);
    },
    related: async (one, other) => {
      const pairs = [[one, other], [other, one]] as const;
      await ask(pairs.flatMap(([viewer, user]) =>
        [...watched.get(user)?.sessions.keys() ?? []]
          .filter((session) => session.user === viewer)
          .map((session) => ({ session, users: [user] }))
      ));
    },
    checkAll: async () => {
      // One after the other: it is not urgent, and the database has enough to do just then.
      const read = new Set<Id>();
      let wants: Want[] = [];
      let pairs = 0;
      for (const session of [...lists.keys()]) {
        const users = lists.get(session) ?? [];
        wants.push({ session, users });
        pairs += users.length;
        if (pairs < PAIRS) continue;
        await ask(wants, { read });
        [wants, pairs] = [[], 0];
      }
      await ask(wants, { read });
    },
    refresh: async () => {
      for (const some of chunks([...watched.keys()], CHUNK)) {
        for (const seen of await presence.read(some)) learn(seen);
      }
    },
  };
}

function isAsked(leave: Leave | undefined): leave is Asked {
  return typeof leave === "object";
}

function view(user: Id, known: Seen | undefined, leave: Leave | undefined): PresenceOf {
  if (known === undefined || isAsked(leave) || leave === undefined || leave === false) {
    return { user, state: "unknown", lastSeenAt: null };
  }
  return shownPresence(known, leave === true ? null : leave);
}

function tell(session: Session, presence: PresenceOf): void {
  session.send({ type: "presence", ...presence });
}

function says({ state, lastSeenAt }: PresenceOf): string {
  return `${state} ${lastSeenAt}`;
}
