import { useSignal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import { useId } from "preact/hooks";
import type { Invite } from "../../lib/protocol/model.ts";
import { useSubmission } from "../behaviours/submission.ts";
import { usePage } from "../page_context.ts";
import { FormProblem } from "./form_problem.tsx";
import { InviteLink } from "./invite_link.tsx";

type InviteMakerProps = {
  title: string;
  body: string;
  class: string;
  /** For tests: of the buttons, which a page may have twice. */
  createTestid: string;
  revokeTestid: string;
  create(): Promise<Invite>;
  revoke(): Promise<void>;
  /** What the next link is bounded by. */
  children?: ComponentChildren;
};

/** Makes links, shows the last one made, and takes all of them back. */
export function InviteMaker(props: InviteMakerProps): JSX.Element {
  const { t } = usePage();
  const heading = useId();
  const invite = useSignal<Invite | undefined>(undefined);
  const revoked = useSignal(false);
  const create = useSubmission(async () => {
    revoked.value = false;
    invite.value = await props.create();
  });
  const revoke = useSubmission(async () => {
    await props.revoke();
    invite.value = undefined;
    revoked.value = true;
  });
  return (
    <section class={props.class} aria-labelledby={heading}>
      <h3 id={heading} class="people-title">{props.title}</h3>
      <p class="field-hint">{props.body}</p>
      {props.children}
      <div class="greeting-actions">
        <button
          type="button"
          class="button button-small"
          aria-disabled={create.busy.value}
          data-testid={props.createTestid}
          onClick={() => void create.run()}
        >
          {t("invite.create")}
        </button>
        <button
          type="button"
          class="button button-small"
          aria-disabled={revoke.busy.value}
          data-testid={props.revokeTestid}
          onClick={() => void revoke.run()}
        >
          {t("invite.revoke")}
        </button>
      </div>
      <p class="field-hint" role="status">{revoked.value && t("invite.revoked")}</p>
      <FormProblem error={create.error.value ?? revoke.error.value} />
      {invite.value && <InviteLink key={invite.value.token} invite={invite.value} />}
    </section>
  );
}
