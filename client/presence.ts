import { LIMITS } from "../lib/protocol/codes.ts";
import type { Id, Presence, PresenceState } from "../lib/protocol/model.ts";

/** What a person can say of themselves. */
export type OwnPresence = Extract<PresenceState, "online" | "away" | "busy">;

/** Follows who is there, for as long as there is a connection. */
export interface PresenceWatch {
  /** What is known of `listed.user` now; `listed` came with a list of its own. */
  of(listed: Presence): Presence;
  /** Whom to follow from now on: the first ones, where they are too many. */
  watch(users: readonly Id[]): void;
  heard(presence: Presence): void;
  own(): OwnPresence;
  /** What the others are told, on every connection from now on. */
  set(state: OwnPresence): void;
  ready(): void;
  lost(): void;
}

export function createPresenceWatch(parts: {
  watch: (users: Id[]) => Promise<{ presence: Presence[] }>;
  set: (state: OwnPresence) => Promise<unknown>;
  changed: () => void;
}): PresenceWatch {
  const { changed } = parts;
  let users: ReadonlySet<Id> = new Set();
  let own: OwnPresence = "online";
  let connected = false;
  let known = new Map<Id, Presence>();
  /** Counts questions: only the latest one's answer says something. */
  let asked = 0;

  const ask = () => {
    const mine = ++asked;
    const before = new Map(known);
    parts.watch([...users]).then(({ presence }) => {
      if (mine !== asked || !connected) return;
      // What was heard since the question is at least as new as its answer.
      const heard = [...known].filter(([user, each]) => before.get(user) !== each);
      known = new Map([...presence.map((each) => [each.user, each] as const), ...heard]);
      changed();
      // The next connection asks again.
    }, () => {});
  };

  const say = () => void parts.set(own).catch(() => {});

  return {
    of: (listed) => {
      // What was listed of those who are not followed holds no longer.
      if (!connected || !users.has(listed.user)) return { ...listed, state: "unknown" };
      return known.get(listed.user) ?? listed;
    },
    watch: (wanted) => {
      const next = new Set(wanted.slice(0, LIMITS.watched));
      if (next.size === users.size && [...next].every((user) => users.has(user))) return;
      users = next;
      if (connected) ask();
    },
    heard: (presence) => {
      known.set(presence.user, presence);
      changed();
    },
    own: () => own,
    set: (state) => {
      if (state === own) return;
      own = state;
      if (connected) say();
      changed();
    },
    ready: () => {
      connected = true;
      if (users.size > 0) ask();
      // Whoever says nothing is online.
      if (own !== "online") say();
      changed();
    },
    lost: () => {
      if (!connected) return;
      connected = false;
      known = new Map();
      changed();
    },
  };
}
