import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { Message } from "../../lib/protocol/model.ts";
import { useSubmission } from "../behaviours/submission.ts";
import { avatarOf } from "../avatar_of.ts";
import { usePage } from "../page_context.ts";
import { Dialog } from "./dialog.tsx";
import { FormProblem } from "./form_problem.tsx";
import { PickList } from "./pick_list.tsx";

export function ForwardDialog(
  { message, onClose }: { message: Message; onClose(): void },
): JSX.Element {
  const { client, conversations, names, t } = usePage();
  const chosen = useSignal<ReadonlySet<string>>(new Set());
  const { busy, error, submit } = useSubmission(async () => {
    if (chosen.value.size === 0) return;
    await client.thread.forward(message, [...chosen.value]);
    onClose();
  });
  const choices = conversations.list.value.map((view) => ({
    id: view.info.id,
    name: names.conversation(view),
    picture: avatarOf(view),
  }));
  return (
    <Dialog title={t("forward.title")} onClose={onClose} testid="forward">
      <form class="form" onSubmit={submit}>
        <PickList
          label={t("forward.pick")}
          choices={choices}
          chosen={chosen}
          empty={t("chats.empty_title")}
        />
        <FormProblem error={error.value} />
        <button
          type="submit"
          class="button button-main"
          aria-disabled={busy.value || chosen.value.size === 0}
          data-testid="forward-submit"
        >
          {t("forward.submit", { count: chosen.value.size })}
        </button>
      </form>
    </Dialog>
  );
}
