import type { PresenceEnvelope } from "../lib/bus/bus.ts";
import type { Id, Presence as PresenceOf } from "../lib/protocol/model.ts";
import type { ChatStore } from "../lib/sql/chat_store.ts";
import type { Presence, Seen } from "../status/presence.ts";
import type { Session } from "./session.ts";

/**
 * Which of this node's sessions want to know how whom is, and may. Only contacts may, of whom
 * neither blocks the other: that is asked when somebody begins to watch and again whenever it may
 * have changed. Until the answer is there nothing is told.
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

/** Whether a session may be told: yes, no, or the number of the question that is under way. */
type Leave = boolean | number;
type Watched = { readonly id: Id; known: Seen | undefined; readonly sessions: Map<Session, Leave> };

/** People asked for at a time. */
const CHUNK = 500;

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

  const learn = (seen: Seen) => {
    const one = watched.get(seen.user);
    if (one === undefined) return false;
    const { known } = one;
    // What was read before a change was told may come after it.
    const late = known !== undefined && seen.version !== "" && seen.version < known.version;
    if (late || (known !== undefined && says(known) === says(seen))) return false;
    one.known = seen;
    return true;
  };

  const tell = (user: Id) => {
    const one = watched.get(user);
    if (one?.known === undefined) return;
    const frame = JSON.stringify({ type: "presence", ...plain(one.known) });
    for (const [session, leave] of one.sessions) {
      if (leave === true) session.send(frame);
    }
  };

  const toldOf = (session: Session, user: Id): PresenceOf => {
    const one = watched.get(user);
    const known = one?.sessions.get(session) === true ? one.known : undefined;
    return known === undefined ? { user, state: "unknown", lastSeenAt: null } : plain(known);
  };

  /** Asks whether `session` may be told of `users`, whom it watches, and how they are. */
  const ask = async (session: Session, users: readonly Id[]): Promise<PresenceOf[]> => {
    const question = ++questions;
    for (const user of users) watched.get(user)?.sessions.set(session, question);
    const allowed = new Set(await readWatchable(session.user, users));
    for (const user of users) {
      const sessions = watched.get(user)?.sessions;
      // Asked again meanwhile: then that answer counts.
      if (sessions?.get(session) === question) sessions.set(session, allowed.has(user));
    }
    for (const seen of await presence.read([...allowed])) learn(seen);
    return users.map((user) => toldOf(session, user));
  };

  const askAndTell = async (session: Session, users: readonly Id[]) => {
    for (const one of await ask(session, users)) session.send({ type: "presence", ...one });
  };

  return {
    watch: async (session, users) => {
      drop(session);
      const list = [...new Set(users)].map((id) => {
        const one = watched.get(id) ?? { id, known: undefined, sessions: new Map() };
        watched.set(id, one);
        one.sessions.set(session, false);
        return one.id;
      });
      if (list.length === 0) return [];
      lists.set(session, list);
      return await ask(session, list);
    },
    drop,
    heard: (changes) => {
      for (const seen of changes) {
        if (learn(seen)) tell(seen.user);
      }
    },
    related: async (one, other) => {
      const pairs = [[one, other], [other, one]] as const;
      await Promise.all(
        pairs.flatMap(([viewer, user]) =>
          [...watched.get(user)?.sessions.keys() ?? []]
            .filter((session) => session.user === viewer)
            .map((session) => askAndTell(session, [user]))
        ),
      );
    },
    checkAll: async () => {
      // One after the other: it is not urgent, and the database has enough to do just then.
      for (const session of [...lists.keys()]) {
        const list = lists.get(session);
        if (list !== undefined) await askAndTell(session, list);
      }
    },
    refresh: async () => {
      const all = [...watched.keys()];
      for (let start = 0; start < all.length; start += CHUNK) {
        for (const seen of await presence.read(all.slice(start, start + CHUNK))) {
          if (learn(seen)) tell(seen.user);
        }
      }
    },
  };
}

function plain({ user, state, lastSeenAt }: Seen): PresenceOf {
  return { user, state, lastSeenAt };
}

function says({ state, lastSeenAt }: Seen): string {
  return `${state} ${lastSeenAt}`;
}
