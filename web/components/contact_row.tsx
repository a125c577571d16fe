import type { JSX } from "preact";
import type { Contact } from "../../lib/protocol/model.ts";
import { usePage } from "../page_context.ts";
import { hrefOf } from "../stores/route.ts";
import { contactName } from "../texts/names.ts";
import { Person } from "./person.tsx";

export function ContactRow({ contact }: { contact: Contact }): JSX.Element {
  const { t } = usePage();
  const name = contactName(contact);
  return (
    <Person user={contact.user} name={name} testid="contact-row">
      <a
        class="button button-small"
        href={hrefOf({ name: "conversation", id: contact.conversation })}
        aria-label={t("contacts.message_label", { name })}
        data-testid="message-contact"
      >
        {t("contacts.message")}
      </a>
    </Person>
  );
}
