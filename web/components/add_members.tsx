import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { ConversationView } from "../../client/views.ts";
import { useSubmission } from "../behaviours/submission.ts";
import { usePage } from "../page_context.ts";
import { Dialog } from "./dialog.tsx";
import { MEMBER_PROBLEMS } from "../texts/member_problems.ts";
import { FormProblem } from "./form_problem.tsx";
import { PickList } from "./pick_list.tsx";

/** Brings contacts into a group. */
export function AddMembers(
  { view, onClose }: { view: ConversationView; onClose(): void },
): JSX.Element {
  const { client, contacts, names, t } = usePage();
  const chosen = useSignal<ReadonlySet<string>>(new Set());
  const { busy, error, submit } = useSubmission(async () => {
    if (chosen.value.size === 0) return;
    await client.groups.addMembers(view.info.id, [...chosen.value]);
    onClose();
  });
  const present = new Set(view.members.map(({ user }) => user.id));
  const choices = contacts.view.value.contacts
    .filter(({ user }) => !present.has(user.id))
    .map((contact) => ({
      id: contact.user.id,
      name: names.person(contact.user),
      about: `@${contact.user.username}`,
      picture: contact.user.avatar,
    }));
  return (
    <Dialog title={t("details.add_title")} onClose={onClose} testid="add-members-dialog">
      <form class="form" onSubmit={submit}>
        <PickList
          label={t("contacts.people")}
          choices={choices}
          chosen={chosen}
          empty={t("details.all_in")}
        />
        <FormProblem error={error.value} special={MEMBER_PROBLEMS} />
        <button
          type="submit"
          class="button button-main"
          aria-disabled={busy.value || chosen.value.size === 0}
          data-testid="add-members-submit"
        >
          {t("details.add_submit", { count: chosen.value.size })}
        </button>
      </form>
    </Dialog>
  );
}
