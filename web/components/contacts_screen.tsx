import type { JSX } from "preact";
import { usePage } from "../page_context.ts";
import { hrefOf } from "../stores/route.ts";
import { AddContact } from "./add_contact.tsx";
import { BlockedPerson } from "./blocked_person.tsx";
import { ContactRow } from "./contact_row.tsx";
import { EmptyState } from "./empty_state.tsx";
import { Icon } from "./icon.tsx";
import { IncomingRequest } from "./incoming_request.tsx";
import { PersonalInvite } from "./personal_invite.tsx";
import { PeopleSection } from "./people_section.tsx";
import { OutgoingRequest } from "./outgoing_request.tsx";

export function ContactsScreen({ adding }: { adding: boolean }): JSX.Element {
  const { contacts, t } = usePage();
  const { contacts: people, incoming, outgoing, blocked, loaded } = contacts.view.value;
  const nobody = people.length + incoming.length + outgoing.length === 0;
  return (
    <section class="screen" aria-labelledby="contacts-heading">
      <header class="pane-header">
        <h2 id="contacts-heading" class="pane-title">{t("contacts.title")}</h2>
        {!adding && (
          <a
            class="button button-small"
            href={hrefOf({ name: "contacts", adding: true })}
            data-testid="add-contact"
          >
            <Icon name="add" size={16} />
            {t("contacts.add")}
          </a>
        )}
      </header>
      <div class="screen-body">
        {adding && <AddContact />}
        <PeopleSection title={t("contacts.incoming")} people={incoming}>
          {(request) => <IncomingRequest key={request.id} request={request} />}
        </PeopleSection>
        <PeopleSection title={t("contacts.outgoing")} people={outgoing}>
          {(request) => <OutgoingRequest key={request.id} request={request} />}
        </PeopleSection>
        <PeopleSection title={t("contacts.people")} people={people}>
          {(contact) => <ContactRow key={contact.user.id} contact={contact} />}
        </PeopleSection>
        <PeopleSection title={t("contacts.blocked_people")} people={blocked}>
          {(user) => <BlockedPerson key={user.id} user={user} />}
        </PeopleSection>
        {!loaded && nobody && <p class="quiet-note" role="status">{t("contacts.loading")}</p>}
        {loaded && nobody && !adding && (
          <EmptyState title={t("contacts.empty_title")} body={t("contacts.empty_body")} />
        )}
        <PersonalInvite />
      </div>
    </section>
  );
}
