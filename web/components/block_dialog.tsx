import type { JSX } from "preact";
import type { User } from "../../lib/protocol/model.ts";
import { usePage } from "../page_context.ts";
import { ConfirmDialog } from "./confirm_dialog.tsx";

type BlockDialogProps = { user: User; name: string; onClose(): void };

export function BlockDialog({ user, name, onClose }: BlockDialogProps): JSX.Element {
  const { client, t } = usePage();
  return (
    <ConfirmDialog
      title={t("contacts.block_title", { name })}
      body={t("contacts.block_body")}
      action={t("contacts.block")}
      run={() => client.contacts.block(user.id)}
      onClose={onClose}
    />
  );
}
