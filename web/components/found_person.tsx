import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { ContactRequest, RelatedUser } from "../../lib/protocol/model.ts";
import { useFocusBack } from "../behaviours/focus_back.ts";
import { usePage } from "../page_context.ts";
import { hrefOf } from "../stores/route.ts";
import { FormProblem } from "./form_problem.tsx";
import { GreetingForm } from "./greeting_form.tsx";
import { Person } from "./person.tsx";
import { StrangerMenu } from "./stranger_menu.tsx";
import { RequestAnswer, useRequestAnswer } from "./request_answer.tsx";

/** Somebody whom a search found, with what can be done as things stand between the two. */
export function FoundPerson({ person }: { person: RelatedUser }): JSX.Element {
  const { contacts, names, t } = usePage();
  const writing = useSignal(false);
  const opener = useFocusBack<HTMLButtonElement>(writing.value);
  const standing = contacts.standing(person);
  const name = names.own(person);
  if (standing.name === "incoming") {
    return <Asking person={person} request={standing.request} />;
  }
  if (standing.name === "contact") {
    return (
      <Person user={person} testid="person-row">
        <a
          class="button button-small"
          href={hrefOf({ name: "conversation", id: standing.contact.conversation })}
          aria-label={t("contacts.message_label", { name })}
          data-testid="message-contact"
        >
          {t("contacts.message")}
        </a>
      </Person>
    );
  }
  if (standing.name === "none") {
    return (
      <Person
        user={person}
        testid="person-row"
        below={writing.value && (
          <GreetingForm
            person={person}
            onCancel={() => writing.value = false}
          />
        )}
      >
        {!writing.value && (
          <button
            ref={opener}
            type="button"
            class="button button-small"
            aria-label={t("contacts.add_person_label", { name })}
            data-testid="add-person"
            onClick={() => writing.value = true}
          >
            {t("contacts.add_person")}
          </button>
        )}
        <StrangerMenu user={person} />
      </Person>
    );
  }
  return (
    <Person user={person} testid="person-row">
      <p class="person-standing" data-testid="person-standing" data-standing={standing.name}>
        {standing.name === "requested" && t("contacts.request_sent")}
        {standing.name === "self" && t("contacts.self")}
        {standing.name === "blocked" && t("contacts.blocked")}
      </p>
      {standing.name === "requested" && <StrangerMenu user={person} />}
    </Person>
  );
}

function Asking(props: { person: RelatedUser; request: ContactRequest }): JSX.Element {
  const answer = useRequestAnswer(props.request);
  return (
    <Person
      user={props.person}
      testid="person-row"
      below={answer.error !== undefined && <FormProblem error={answer.error} />}
    >
      <RequestAnswer request={props.request} answer={answer} />
      <StrangerMenu user={props.person} />
    </Person>
  );
}
