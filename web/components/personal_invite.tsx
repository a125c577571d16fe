import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { Invite } from "../../lib/protocol/model.ts";
import { useSubmission } from "../behaviours/submission.ts";
import { usePage } from "../page_context.ts";
import { FormProblem } from "./form_problem.tsx";
import { InviteLink } from "./invite_link.tsx";

/** A link that makes whoever has it a contact of this person. */
export function PersonalInvite(): JSX.Element {
  const { client, t } = usePage();
  const invite = useSignal<Invite | undefined>(undefined);
  const revoked = useSignal(false);
  const create = useSubmission(async () => {
    revoked.value = false;
    invite.value = await client.invites.createPersonal();
  });
  const revoke = useSubmission(async () => {
    await client.invites.revokePersonal();
    invite.value = undefined;
    revoked.value = true;
  });
  return (
    <section class="setting" aria-labelledby="personal-link-heading">
      <h3 id="personal-link-heading" class="people-title">{t("contacts.link")}</h3>
      <p class="setting-body">{t("contacts.link_body")}</p>
      <div class="greeting-actions">
        <button
          type="button"
          class="button button-small"
          aria-disabled={create.busy.value}
          data-testid="create-personal-invite"
          onClick={() => void create.run()}
        >
          {t("invite.create")}
        </button>
        <button
          type="button"
          class="button button-small"
          aria-disabled={revoke.busy.value}
          data-testid="revoke-personal-invites"
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
