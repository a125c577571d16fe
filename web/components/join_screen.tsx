import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { ErrorCode } from "../../lib/protocol/codes.ts";
import type { InvitePreview } from "../../lib/protocol/model.ts";
import { useSubmission } from "../behaviours/submission.ts";
import { usePage } from "../page_context.ts";
import { hrefOf } from "../stores/route.ts";
import type { TextKey } from "../texts/text.ts";
import { Avatar } from "./avatar.tsx";
import { FormProblem } from "./form_problem.tsx";

const SPECIAL: Partial<Record<ErrorCode, TextKey>> = {
  "gone": "join.gone",
  "not-found": "join.unknown",
  "invalid": "join.unknown",
};

/** Shows an invitation and accepts it: at once for whoever signed in because of it. */
export function JoinScreen({ token }: { token: string }): JSX.Element {
  const { client, invitation, route, names, t } = usePage();
  const preview = useSignal<InvitePreview | undefined>(undefined);
  const accept = useSubmission(async () => {
    const conversation = await client.invites.accept(token);
    route.go({ name: "conversation", id: conversation.id });
  });
  const look = useSubmission(async () => {
    preview.value = await client.invites.preview(token);
  });
  useEffect(() => {
    if (invitation.take(token)) void accept.run();
    void look.run();
  }, []);

  const shown = preview.value;
  const name = shown === undefined
    ? undefined
    : shown.kind === "group"
    ? shown.title
    : names.person(shown.from);
  const error = accept.error.value ?? look.error.value;
  const special = {
    ...SPECIAL,
    conflict: shown?.kind === "contact" ? "join.self" : "join.full",
  } as const;
  return (
    <section class="screen" aria-labelledby="join-heading" data-testid="join">
      <header class="pane-header">
        <h2 id="join-heading" class="pane-title">{t("join.title")}</h2>
      </header>
      <div class="screen-body">
        <div class="join-card">
          {shown === undefined && error === undefined && (
            <p class="quiet-note" role="status">{t("join.loading")}</p>
          )}
          {shown !== undefined && name !== undefined && (
            <>
              <Avatar name={name} />
              <p class="join-name" dir="auto" data-testid="join-name">{name}</p>
              <p class="join-about">
                {shown.kind === "group"
                  ? t("thread.members", { count: shown.memberCount })
                  : `@${shown.from.username}`}
              </p>
              <p class="empty-body">{said(shown, name)}</p>
            </>
          )}
          <FormProblem error={error} special={special} />
          {shown !== undefined && action(shown)}
          {error !== undefined && (
            <a class="button" href={hrefOf({ name: "chats" })}>{t("join.chats")}</a>
          )}
        </div>
      </div>
    </section>
  );

  function said(shown: InvitePreview, name: string): string {
    if (shown.kind === "group") return t("join.group");
    return shown.relation === "self" ? t("join.self") : t("join.contact", { name });
  }

  function action(shown: InvitePreview): JSX.Element | null {
    const known = shown.kind === "group" ? shown.conversation : null;
    if (known !== null) {
      return (
        <a class="button button-main" href={hrefOf({ name: "conversation", id: known })}>
          {t("join.open")}
        </a>
      );
    }
    if (shown.kind === "contact" && shown.relation === "self") return null;
    return (
      <button
        type="button"
        class="button button-main"
        aria-disabled={accept.busy.value}
        data-testid="accept-invite"
        onClick={() => void accept.run()}
      >
        {t(shown.kind === "group" ? "join.accept_group" : "join.accept_contact")}
      </button>
    );
  }
}
