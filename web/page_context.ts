import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Client } from "../client/client.ts";
import { type ConnectionStore, createConnectionStore } from "./stores/connection.ts";
import { type ContactsStore, createContactsStore } from "./stores/contacts.ts";
import { type ConversationsStore, createConversationsStore } from "./stores/conversations.ts";
import { createFailedSends, type FailedSends } from "./stores/failed_sends.ts";
import { createInvitationStore, type InvitationStore } from "./stores/invitation.ts";
import type { LanguageStore } from "./stores/language.ts";
import { createLinkPreviewsStore, type LinkPreviewsStore } from "./stores/link_previews.ts";
import { createPeopleStore } from "./stores/people.ts";
import type { PersonCheck } from "./stores/person_check.ts";
import { createPicturesStore, type PicturesStore } from "./stores/pictures.ts";
import { createRouteStore, type RouteStore } from "./stores/route.ts";
import { createSessionStore, type SessionStore } from "./stores/session.ts";
import { createThreadStore, type ThreadStore } from "./stores/thread.ts";
import { createUploadsStore, type UploadsStore } from "./stores/uploads.ts";
import { createDates, type Dates } from "./texts/dates.ts";
import { createNames, type Names } from "./texts/names.ts";
import { createTranslate, type Translate } from "./texts/text.ts";

/** What every component may reach. */
export type PageParts = {
  client: Client;
  session: SessionStore;
  connection: ConnectionStore;
  conversations: ConversationsStore;
  threads: ThreadStore;
  failedSends: FailedSends;
  uploads: UploadsStore;
  contacts: ContactsStore;
  invitation: InvitationStore;
  pictures: PicturesStore;
  previews: LinkPreviewsStore;
  route: RouteStore;
  language: LanguageStore;
  personCheck: PersonCheck;
  t: Translate;
  names: Names;
  dates: Dates;
};

/** @param given what the client was made with, and the client */
export function createPageParts(
  given: Pick<PageParts, "client" | "language" | "personCheck">,
): PageParts {
  const { client, language } = given;
  const session = createSessionStore(client);
  const contacts = createContactsStore(client);
  const t = createTranslate(language);
  return {
    ...given,
    session,
    connection: createConnectionStore(client, session),
    conversations: createConversationsStore(client),
    threads: createThreadStore(client),
    failedSends: createFailedSends(client),
    uploads: createUploadsStore(client, session),
    contacts,
    invitation: createInvitationStore(),
    pictures: createPicturesStore(client),
    previews: createLinkPreviewsStore(client, { storage: () => localStorage }),
    route: createRouteStore(),
    t,
    names: createNames({ t, session, contacts, people: createPeopleStore(client) }),
    dates: createDates(language.locale),
  };
}

export const PageContext = createContext<PageParts | undefined>(undefined);

export function usePage(): PageParts {
  const parts = useContext(PageContext);
  if (parts === undefined) throw new Error("usePage was called outside of PageContext");
  return parts;
}
