import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { ContactRequest } from "../../lib/protocol/model.ts";
import { usePage } from "../page_context.ts";
import { FormProblem } from "./form_problem.tsx";
import { Person } from "./person.tsx";
import { RequestAnswer, useRequestAnswer } from "./request_answer.tsx";
import { StrangerMenu } from "./stranger_menu.tsx";
import { TextField } from "./text_field.tsx";

export function IncomingRequest({ request }: { request: ContactRequest }): JSX.Element {
  const { dates, names, t } = usePage();
  /** Undefined until somebody wants to give one. */
  const alias = useSignal<string | undefined>(undefined);
  const answer = useRequestAnswer(request, alias.value);
  return (
    <Person
      user={request.from}
      testid="incoming-request"
      below={
        <>
          {request.greeting && <p class="greeting" dir="auto">{request.greeting}</p>}
          <time class="person-when" dateTime={request.at} title={dates.full(request.at)}>
            {dates.brief(request.at)}
          </time>
          {alias.value === undefined
            ? (
              <button
                type="button"
                class="text-button"
                data-testid="give-alias"
                onClick={() => alias.value = ""}
              >
                {t("contacts.give_alias")}
              </button>
            )
            : (
              <TextField
                label={t("contacts.alias", { name: names.own(request.from) })}
                hint={t("contacts.alias_hint")}
                value={alias.value}
                onValue={(value) => alias.value = value}
                maxLength={64}
                testid="request-alias"
                focusOnMount
              />
            )}
          <FormProblem error={answer.error} />
        </>
      }
    >
      <RequestAnswer request={request} answer={answer} />
      <StrangerMenu user={request.from} />
    </Person>
  );
}
