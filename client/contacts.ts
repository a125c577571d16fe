import type {
  Contact,
  ContactLists,
  ContactRequest,
  Conversation,
  Id,
  RelatedUser,
} from "../lib/protocol/model.ts";
import type { Method } from "./api.ts";
import type { PresenceWatch } from "./presence.ts";
import type { Ask } from "./tokens.ts";
import type { ContactsView } from "./views.ts";

/** The people whom this person knows, and how they came to. */
export interface Contacts {
  view(): ContactsView;
  load(): Promise<void>;
  search(query: string): Promise<RelatedUser[]>;
  /** Somebody who is named in a conversation, whether or not they are still in it. */
  find(user: Id): Promise<RelatedUser>;
  /** Becomes a contact at once where the other one has asked as well. */
  request(user: Id, greeting?: string): Promise<void>;
  accept(request: Id, alias?: string): Promise<Conversation>;
  decline(request: Id): Promise<void>;
  /** Takes one's own request back. */
  withdraw(request: Id): Promise<void>;
  changeAlias(user: Id, alias: string): Promise<void>;
  /** The conversation and its history stay. */
  remove(user: Id): Promise<void>;
  block(user: Id): Promise<void>;
  unblock(user: Id): Promise<void>;
}

/** A contact that was just made, and the conversation with them. */
type NewContact = { contact: Contact; conversation: Conversation };

export const NO_CONTACTS: ContactsView = {
  contacts: [],
  incoming: [],
  outgoing: [],
  blocked: [],
  loaded: false,
};

export function createContacts(parts: {
  ask: Ask;
  presence: PresenceWatch;
  add: (info: Conversation) => void;
  /** The lists could not be loaded: sees to it that they are, some time. */
  reload: (error: unknown) => void;
  changed: () => void;
}): Contacts {
  const { ask, presence, add, reload, changed } = parts;
  let lists = NO_CONTACTS;
  /** Counts questions, so that an earlier one's answer does not replace a later one's. */
  let asked = 0;
  let answered = 0;

  const load = async () => {
    const mine = ++asked;
    const found = await ask<ContactLists>("GET", "/contacts");
    if (mine < answered) return;
    answered = mine;
    lists = { ...found, loaded: true };
    presence.watch(found.contacts.map(({ user }) => user.id));
    changed();
  };

  /** Shows what came of something. That it was done does not depend on this. */
  const show = () => load().catch(reload);

  const change = async (method: Method, path: string, body?: object) => {
    await ask(method, path, body);
    await show();
  };

  return {
    view: () => ({
      ...lists,
      contacts: lists.contacts.map((contact) => ({
        ...contact,
        presence: presence.of(contact.presence),
      })),
    }),
    load,
    search: async (query) => {
      const path = `/users?query=${encodeURIComponent(query)}`;
      return (await ask<{ users: RelatedUser[] }>("GET", path)).users;
    },
    find: (user) => ask<RelatedUser>("GET", `/users/${user}`),
    request: async (user, greeting) => {
      const body = { user, ...(greeting !== undefined && { greeting }) };
      const answer = await ask<ContactRequest | NewContact>("POST", "/contact-requests", body);
      if ("conversation" in answer) add(answer.conversation);
      await show();
    },
    accept: async (request, alias) => {
      const path = `/contact-requests/${request}/accept`;
      const body = { ...(alias !== undefined && { alias }) };
      const { conversation } = await ask<NewContact>("POST", path, body);
      add(conversation);
      await show();
      return conversation;
    },
    decline: (request) => change("POST", `/contact-requests/${request}/decline`),
    withdraw: (request) => change("DELETE", `/contact-requests/${request}`),
    changeAlias: (user, alias) => change("PATCH", `/contacts/${user}`, { alias }),
    remove: (user) => change("DELETE", `/contacts/${user}`),
    block: (user) => change("PUT", `/blocks/${user}`),
    unblock: (user) => change("DELETE", `/blocks/${user}`),
  };
}
