import { useComputed, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { Contact } from "../../lib/protocol/model.ts";
import { useFocusBack } from "../behaviours/focus_back.ts";
import { useUntil } from "../behaviours/until.ts";
import { usePage } from "../page_context.ts";
import { hrefOf } from "../stores/route.ts";
import { presenceText } from "../texts/presence_text.ts";
import { BlockDialog } from "./block_dialog.tsx";
import { ConfirmDialog } from "./confirm_dialog.tsx";
import { MenuButton } from "./menu_button.tsx";
import { Person } from "./person.tsx";
import { TextForm } from "./text_form.tsx";
import { UnreadBadge } from "./unread_badge.tsx";

export function ContactRow({ contact }: { contact: Contact }): JSX.Element {
  const page = usePage();
  const { client, conversations, names, t } = page;
  const { user, alias } = contact;
  const naming = useSignal(false);
  const opener = useFocusBack<HTMLButtonElement>(naming.value);
  const asking = useSignal<"remove" | "block" | undefined>(undefined);
  const name = names.person(contact.user);
  const ask = asking.value;
  const talk = () => conversations.find(contact.conversation);
  // Every change of a conversation asks each row, and only what differs is drawn again.
  const unread = useComputed(() => talk()?.unread ?? 0);
  const mutedUntil = useComputed(() => talk()?.info.mutedUntil);
  const muted = useUntil(mutedUntil.value) !== undefined;
  return (
    <Person
      user={user}
      name={name}
      about={presenceText(page, contact.presence)}
      state={contact.presence.state}
      testid="contact-row"
      below={naming.value && (
        <TextForm
          label={t("contacts.alias", { name: names.own(user) })}
          hint={t("contacts.alias_hint")}
          value={alias}
          field="alias"
          testid="contact-alias"
          maxLength={64}
          save={(value) => client.contacts.changeAlias(user.id, value)}
          onDone={() => naming.value = false}
        />
      )}
    >
      <span class="person-unread">
        <UnreadBadge count={unread.value} muted={muted} />
      </span>
      <a
        class="button button-small"
        href={hrefOf({ name: "conversation", id: contact.conversation })}
        aria-label={t("contacts.message_label", { name })}
        data-testid="message-contact"
      >
        {t("contacts.message")}
      </a>
      <MenuButton
        opener={opener}
        label={t("contacts.actions", { name })}
        testid="contact-actions"
        class="icon-button icon-button-small"
        items={() => [
          {
            label: t("contacts.change_alias"),
            testid: "change-alias",
            icon: "edit",
            run: () => naming.value = true,
          },
          {
            label: t("contacts.remove"),
            testid: "remove-contact",
            icon: "close",
            grave: true,
            run: () => asking.value = "remove",
          },
          {
            label: t("contacts.block"),
            testid: "block-contact",
            icon: "block",
            grave: true,
            run: () => asking.value = "block",
          },
        ]}
      />
      {ask === "remove" && (
        <ConfirmDialog
          title={t("contacts.remove_title", { name })}
          body={t("contacts.remove_body")}
          action={t("contacts.remove")}
          run={() => client.contacts.remove(user.id)}
          onClose={() => asking.value = undefined}
        />
      )}
      {ask === "block" && (
        <BlockDialog
          user={user}
          name={name}
          onClose={() => asking.value = undefined}
        />
      )}
    </Person>
  );
}
