import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { Id, Invite } from "../../lib/protocol/model.ts";
import { useSubmission } from "../behaviours/submission.ts";
import { usePage } from "../page_context.ts";
import { FormProblem } from "./form_problem.tsx";
import { InviteLink } from "./invite_link.tsx";
import { SelectField } from "./select_field.tsx";

const DAYS = [1, 7, 30];
const USES = [1, 10, 100];
const DAY_SECONDS = 24 * 3600;

export function GroupInvite({ group }: { group: Id }): JSX.Element {
  const { client, t } = usePage();
  const days = useSignal("7");
  const uses = useSignal("");
  const invite = useSignal<Invite | undefined>(undefined);
  const revoked = useSignal(false);
  const create = useSubmission(async () => {
    revoked.value = false;
    invite.value = await client.invites.createForGroup(group, {
      expiresIn: Number(days.value) * DAY_SECONDS,
      ...(uses.value !== "" && { maxUses: Number(uses.value) }),
    });
  });
  const revoke = useSubmission(async () => {
    await client.invites.revokeForGroup(group);
    invite.value = undefined;
    revoked.value = true;
  });
  return (
    <section class="details-part" aria-labelledby="invite-heading">
      <h3 id="invite-heading" class="people-title">{t("invite.link")}</h3>
      <p class="field-hint">{t("invite.body")}</p>
      <div class="invite-bounds">
        <SelectField
          label={t("invite.expires_in")}
          value={days.value}
          options={DAYS.map((count) => ({
            value: `${count}`,
            label: t("invite.days", { count }),
          }))}
          onValue={(value) => days.value = value}
          testid="invite-days"
        />
        <SelectField
          label={t("invite.uses")}
          value={uses.value}
          options={[
            { value: "", label: t("invite.uses_any") },
            ...USES.map((count) => ({
              value: `${count}`,
              label: t("invite.uses_some", { count }),
            })),
          ]}
          onValue={(value) => uses.value = value}
          testid="invite-uses"
        />
      </div>
      <div class="greeting-actions">
        <button
          type="button"
          class="button button-small"
          aria-disabled={create.busy.value}
          data-testid="create-invite"
          onClick={() => void create.run()}
        >
          {t("invite.create")}
        </button>
        <button
          type="button"
          class="button button-small"
          aria-disabled={revoke.busy.value}
          data-testid="revoke-invites"
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
