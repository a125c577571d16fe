import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { User } from "../../lib/protocol/model.ts";
import { usePage } from "../page_context.ts";
import { BlockDialog } from "./block_dialog.tsx";
import { MenuButton } from "./menu_button.tsx";

/** What can be done about somebody whether or not they are a contact. */
export function StrangerMenu({ user }: { user: User }): JSX.Element {
  const { names, t } = usePage();
  const blocking = useSignal(false);
  const name = names.person(user);
  return (
    <>
      <MenuButton
        label={t("contacts.actions", { name })}
        testid="stranger-actions"
        class="icon-button icon-button-small"
        items={() => [{
          label: t("contacts.block"),
          testid: "block-stranger",
          icon: "block",
          grave: true,
          run: () => blocking.value = true,
        }]}
      />
      {blocking.value && (
        <BlockDialog
          user={user}
          name={name}
          onClose={() => blocking.value = false}
        />
      )}
    </>
  );
}
