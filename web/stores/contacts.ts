import { computed, type ReadonlySignal, signal } from "@preact/signals";
import type { Client } from "../../client/client.ts";
import type { ContactsView } from "../../client/views.ts";
import type { Contact, ContactRequest, Id, RelatedUser } from "../../lib/protocol/model.ts";

/** How somebody found by a search stands to this person now, with what an answer needs. */
export type Standing =
  /** `unknown` until the lists are there. */
  | { name: "self" | "none" | "requested" | "blocked" | "unknown" }
  | { name: "incoming"; request: ContactRequest }
  | { name: "contact"; contact: Contact };

export type ContactsStore = {
  view: ReadonlySignal<ContactsView>;
  find(user: Id): Contact | undefined;
  standing(person: RelatedUser): Standing;
};

export function createContactsStore(client: Client): ContactsStore {
  const view = signal(client.contacts.view());
  const refresh = () => {
    view.value = client.contacts.view();
  };
  client.on("contacts", refresh);
  client.on("session", refresh);
  const byUser = computed(() =>
    new Map(view.value.contacts.map((contact) => [contact.user.id, contact]))
  );
  return {
    view,
    find: (user) => byUser.value.get(user),
    standing: (person) => standing(view.value, person),
  };
}

/** A search's answer grows old while it is looked at; the lists do not. */
function standing(view: ContactsView, person: RelatedUser): Standing {
  const is = (id: Id) => id === person.id;
  const contact = view.contacts.find(({ user }) => is(user.id));
  if (contact !== undefined) return { name: "contact", contact };
  const request = view.incoming.find(({ from }) => is(from.id));
  if (request !== undefined) return { name: "incoming", request };
  if (view.outgoing.some(({ to }) => is(to.id))) return { name: "requested" };
  if (person.relation === "self") return { name: "self" };
  if (view.blocked.some(({ id }) => is(id))) return { name: "blocked" };
  return { name: view.loaded ? "none" : "unknown" };
}
