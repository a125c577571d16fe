import type { ConversationView } from "../../client/views.ts";
import type { Id, Member, User } from "../../lib/protocol/model.ts";
import type { ContactsStore } from "../stores/contacts.ts";
import type { PeopleStore } from "../stores/people.ts";
import type { SessionStore } from "../stores/session.ts";
import type { Translate } from "./text.ts";

/** What people and conversations are called on this page: by the alias, where there is one. */
export type Names = {
  person(user: User): string;
  /** The same without the alias: what they call themselves. */
  own(user: User): string;
  conversation(view: ConversationView | undefined): string;
  /** Somebody named in a conversation, if known already; the reader's own name is not among them. */
  known(view: ConversationView | undefined, id: Id): string | undefined;
  /** The same, and who is not known yet is asked for. */
  look(view: ConversationView | undefined, id: Id): string;
  user(view: ConversationView | undefined, id: Id): User | undefined;
};

/** For comparing. Where it is shown, `Names` knows what to say of those who are gone. */
export function userName(user: User): string {
  return user.displayName || user.username;
}

export function createNames(
  { t, session, contacts, people }: {
    t: Translate;
    session: Pick<SessionStore, "me">;
    contacts: Pick<ContactsStore, "find">;
    people: PeopleStore;
  },
): Names {
  const own = (user: User) => user.deleted ? t("person.deleted") : userName(user);
  const person = (user: User) =>
    user.deleted ? own(user) : contacts.find(user.id)?.alias || own(user);
  const user = (view: ConversationView | undefined, id: Id): User | undefined => {
    const me = session.me.value;
    if (me?.id === id) return me;
    if (view?.info.peer?.id === id) return view.info.peer;
    return memberOf(view, id)?.user ?? contacts.find(id)?.user ?? people.known(id);
  };
  const known = (view: ConversationView | undefined, id: Id) => {
    const found = user(view, id);
    return found && person(found);
  };
  return {
    person,
    own,
    user,
    known,
    look(view, id) {
      const name = known(view, id);
      if (name !== undefined) return name;
      // The messages may be there before the members are, and those will name nearly everybody.
      const waits = view === undefined || (view.info.kind === "group" && view.members.length === 0);
      const found = waits ? undefined : people.look(id);
      return found === undefined ? t("thread.someone") : person(found);
    },
    conversation(view) {
      // Not loaded yet; where there is no such conversation, the thread says so.
      if (view === undefined) return "…";
      if (view.info.peer !== undefined) return person(view.info.peer);
      return view.info.title || t(view.info.kind === "group" ? "chats.group" : "chats.unknown");
    },
  };
}

/** By person, for each list of members: a thread asks for them with every row it draws. */
const indexes = new WeakMap<readonly Member[], ReadonlyMap<Id, Member>>();

export function memberOf(view: ConversationView | undefined, id: Id): Member | undefined {
  if (view === undefined) return undefined;
  let index = indexes.get(view.members);
  if (index === undefined) {
    index = new Map(view.members.map((member) => [member.user.id, member]));
    indexes.set(view.members, index);
  }
  return index.get(id);
}
