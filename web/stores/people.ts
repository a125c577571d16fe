import { signal } from "@preact/signals";
import type { Client } from "../../client/client.ts";
import type { Id, User } from "../../lib/protocol/model.ts";

export type PeopleStore = {
  /** Somebody who was asked for before. Reads a signal, so whatever renders the answer follows it. */
  known(id: Id): User | undefined;
  /** The same, and asks the server if it has not been asked: for what somebody looks at. */
  look(id: Id): User | undefined;
};

/** People whom no list names: those who have left a group, but whose words are still there. */
export function createPeopleStore(client: Client): PeopleStore {
  const people = signal<ReadonlyMap<Id, User>>(new Map());
  const asked = new Set<Id>();
  client.on("session", (state) => {
    if (state.name === "signed-in") return;
    asked.clear();
    people.value = new Map();
  });
  const ask = async (id: Id) => {
    try {
      const user = await client.contacts.find(id);
      people.value = new Map(people.peek()).set(id, user);
    } catch {
      // Whoever looks again after the connection came back asks again.
    }
  };
  client.on("connection", (state) => {
    if (state.name !== "ready") return;
    for (const id of asked) if (!people.peek().has(id)) asked.delete(id);
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
