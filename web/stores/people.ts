import { signal } from "@preact/signals";
import type { Client } from "../../client/client.ts";
import { createLimiter } from "../../client/limiter.ts";
import { realTimers, type Timers } from "../../client/timers.ts";
import type { Id, User } from "../../lib/protocol/model.ts";

export type PeopleStore = {
  /** Somebody who was asked for before. Reads a signal, so whatever renders the answer follows it. */
  known(id: Id): User | undefined;
  /** The same, and asks the server if it has not been asked: for what somebody looks at. */
  look(id: Id): User | undefined;
};

/** What the store needs of the client. */
type Source = Pick<Client, "on"> & { contacts: Pick<Client["contacts"], "find"> };

/** A long history may name many at once, and somebody waits for the rest of the page. */
const QUESTIONS_AT_ONCE = 2;

/** People whom no list names: those who have left a group, but whose words are still there. */
export function createPeopleStore(client: Source, timers: Timers = realTimers): PeopleStore {
  const people = signal<ReadonlyMap<Id, User>>(new Map());
  const asked = new Set<Id>();
  const failed = new Set<Id>();
  let limiter = createLimiter(QUESTIONS_AT_ONCE, timers);
  client.on("session", (state) => {
    if (state.name === "signed-in") return;
    limiter.close();
    limiter = createLimiter(QUESTIONS_AT_ONCE, timers);
    asked.clear();
    failed.clear();
    people.value = new Map();
  });
  const ask = async (id: Id) => {
    const own = limiter;
    try {
      const user = await own.run(() => client.contacts.find(id));
      // What was asked for another account is not for this one.
      if (own === limiter) people.value = new Map(people.peek()).set(id, user);
    } catch {
      // Whoever looks again after the connection came back asks again.
      if (own === limiter) failed.add(id);
    }
  };
  client.on("connection", (state) => {
    if (state.name !== "ready" || failed.size === 0) return;
    for (const id of failed) asked.delete(id);
    failed.clear();
    people.value = new Map(people.peek());
  });
  const known = (id: Id) => people.value.get(id);
  return {
    known,
    look(id) {
      const user = known(id);
      if (user === undefined && !asked.has(id)) {
        asked.add(id);
        void ask(id);
      }
      return user;
    },
  };
}
