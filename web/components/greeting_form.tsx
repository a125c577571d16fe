import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { RelatedUser } from "../../lib/protocol/model.ts";
import { useSubmission } from "../behaviours/submission.ts";
import { usePage } from "../page_context.ts";
import { fieldProblemText } from "../texts/problem_text.ts";
import { FormProblem } from "./form_problem.tsx";
import { TextField } from "./text_field.tsx";

const MAX_LENGTH = 200;

export function GreetingForm(
  { person, onCancel }: { person: RelatedUser; onCancel(): void },
): JSX.Element {
  const { client, names, t } = usePage();
  const greeting = useSignal("");
  const { busy, error, submit } = useSubmission(async () => {
    await client.contacts.request(person.id, greeting.value.trim() || undefined);
  });
  const problem = fieldProblemText(t, error.value, "greeting");
  return (
    <form class="greeting-form" onSubmit={submit}>
      <TextField
        label={t("contacts.greeting", { name: names.own(person) })}
        placeholder={t("contacts.greeting_placeholder")}
        value={greeting.value}
        onValue={(value) => greeting.value = value}
        problem={problem}
        maxLength={MAX_LENGTH}
        testid="greeting"
        focusOnMount
      />
      <FormProblem
        error={problem === undefined ? error.value : undefined}
        special={{ "not-contact": "contacts.request_refused" }}
      />
      <div class="greeting-actions">
        <button
          type="submit"
          class="button button-main button-small"
          aria-disabled={busy.value}
          data-testid="request-contact"
        >
          {t("contacts.send_request")}
        </button>
        <button
          type="button"
          class="button button-small"
          data-testid="cancel-request"
          onClick={onCancel}
        >
          {t("contacts.cancel")}
        </button>
      </div>
    </form>
  );
}
