import type { JSX } from "preact";
import type { User } from "../../lib/protocol/model.ts";
import { useSubmission } from "../behaviours/submission.ts";
import { usePage } from "../page_context.ts";
import { FormProblem } from "./form_problem.tsx";
import { Person } from "./person.tsx";

export function BlockedPerson({ user }: { user: User }): JSX.Element {
  const { client, names, t } = usePage();
  const { busy, error, run } = useSubmission(() => client.contacts.unblock(user.id));
  const name = names.person(user);
  return (
    <Person
      user={user}
      name={name}
      testid="blocked-person"
      below={error.value !== undefined && <FormProblem error={error.value} />}
    >
      <button
        type="button"
        class="button button-small"
        aria-label={t("contacts.unblock_label", { name })}
        aria-disabled={busy.value}
        data-testid="unblock"
        onClick={() => void run()}
      >
        {t("contacts.unblock")}
      </button>
    </Person>
  );
}
