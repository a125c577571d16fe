import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useSubmission } from "../behaviours/submission.ts";
import { usePage } from "../page_context.ts";
import { hrefOf } from "../stores/route.ts";
import { fieldProblemText } from "../texts/problem_text.ts";
import { MEMBER_PROBLEMS } from "../texts/member_problems.ts";
import { FormProblem } from "./form_problem.tsx";
import { Icon } from "./icon.tsx";
import { PickList } from "./pick_list.tsx";
import { TextField } from "./text_field.tsx";

export function NewGroupScreen(): JSX.Element {
  const { client, contacts, route, names, t } = usePage();
  const title = useSignal("");
  const chosen = useSignal<ReadonlySet<string>>(new Set());
  const empty = useSignal(false);
  const { busy, error, submit } = useSubmission(async () => {
    const wanted = title.value.trim();
    empty.value = wanted === "";
    if (empty.value) return;
    const group = await client.groups.create(wanted, [...chosen.value]);
    route.go({ name: "conversation", id: group.id });
  });
  const problem = empty.value && title.value.trim() === ""
    ? t("problem.required")
    : fieldProblemText(t, error.value, "title");
  const choices = contacts.view.value.contacts.map((contact) => ({
    id: contact.user.id,
    name: names.person(contact.user),
    about: `@${contact.user.username}`,
    picture: contact.user.avatar,
  }));
  return (
    <section class="screen" aria-labelledby="new-group-heading">
      <header class="pane-header">
        <h2 id="new-group-heading" class="pane-title">{t("chats.new_group")}</h2>
        <a
          class="icon-button"
          href={hrefOf({ name: "chats" })}
          aria-label={t("thread.back")}
          data-testid="close-new-group"
        >
          <Icon name="close" />
        </a>
      </header>
      <div class="screen-body">
        <form class="form" noValidate onSubmit={submit} data-testid="new-group-form">
          <TextField
            label={t("group.title")}
            value={title.value}
            onValue={(value) => title.value = value}
            problem={problem}
            maxLength={100}
            testid="new-group-title"
            focusOnMount
          />
          <PickList
            label={t("group.pick")}
            choices={choices}
            chosen={chosen}
            empty={t("group.nobody")}
          />
          <p class="field-hint" role="status">
            {t("group.chosen", { count: chosen.value.size })}
          </p>
          <FormProblem
            error={problem === undefined ? error.value : undefined}
            special={MEMBER_PROBLEMS}
          />
          <button
            type="submit"
            class="button button-main"
            aria-disabled={busy.value}
            data-testid="create-group"
          >
            {t(busy.value ? "group.creating" : "group.create")}
          </button>
        </form>
      </div>
    </section>
  );
}
