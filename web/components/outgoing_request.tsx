import type { JSX } from "preact";
import type { ContactRequest } from "../../lib/protocol/model.ts";
import { useSubmission } from "../behaviours/submission.ts";
import { usePage } from "../page_context.ts";
import { FormProblem } from "./form_problem.tsx";
import { Person } from "./person.tsx";

export function OutgoingRequest({ request }: { request: ContactRequest }): JSX.Element {
  const { client, dates, names, t } = usePage();
  const { busy, error, run } = useSubmission(() => client.contacts.withdraw(request.id));
  return (
    <Person
      user={request.to}
      testid="outgoing-request"
      below={
        <>
          {request.greeting && <p class="greeting" dir="auto">{request.greeting}</p>}
          <p class="person-when">
            {t("contacts.request_sent")} ·{" "}
            <time dateTime={request.at} title={dates.full(request.at)}>
              {dates.brief(request.at)}
            </time>
          </p>
          <FormProblem error={error.value} />
        </>
      }
    >
      <button
        type="button"
        class="button button-small"
        aria-label={t("contacts.withdraw_label", { name: names.own(request.to) })}
        aria-disabled={busy.value}
        data-testid="withdraw-request"
        onClick={() => void run()}
      >
        {t("contacts.withdraw")}
      </button>
    </Person>
  );
}
