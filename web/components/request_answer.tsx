import type { JSX } from "preact";
import type { ContactRequest } from "../../lib/protocol/model.ts";
import { useSubmission } from "../behaviours/submission.ts";
import { usePage } from "../page_context.ts";

export type Answer = { accept(): void; decline(): void; busy: boolean; error: unknown };

/** Accepting leads straight into the conversation that it made. */
export function useRequestAnswer(request: ContactRequest, alias = ""): Answer {
  const { client, route } = usePage();
  const accept = useSubmission(async () => {
    const conversation = await client.contacts.accept(request.id, alias.trim() || undefined);
    route.go({ name: "conversation", id: conversation.id });
  });
  const decline = useSubmission(() => client.contacts.decline(request.id));
  return {
    accept: () => void accept.run(),
    decline: () => void decline.run(),
    busy: accept.busy.value || decline.busy.value,
    error: accept.error.value ?? decline.error.value,
  };
}

export function RequestAnswer(
  { request, answer }: { request: ContactRequest; answer: Answer },
): JSX.Element {
  const { names, t } = usePage();
  const name = names.own(request.from);
  return (
    <>
      <button
        type="button"
        class="button button-main button-small"
        aria-label={t("contacts.accept_label", { name })}
        aria-disabled={answer.busy}
        data-testid="accept-request"
        onClick={answer.accept}
      >
        {t("contacts.accept")}
      </button>
      <button
        type="button"
        class="button button-small"
        aria-label={t("contacts.decline_label", { name })}
        aria-disabled={answer.busy}
        data-testid="decline-request"
        onClick={answer.decline}
      >
        {t("contacts.decline")}
      </button>
    </>
  );
}
