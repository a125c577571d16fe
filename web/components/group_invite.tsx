import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { Id } from "../../lib/protocol/model.ts";
import { usePage } from "../page_context.ts";
import { InviteMaker } from "./invite_maker.tsx";
import { SelectField } from "./select_field.tsx";

const DAYS = [1, 7, 30];
const USES = [1, 10, 100];
const DAY_SECONDS = 24 * 3600;

export function GroupInvite({ group }: { group: Id }): JSX.Element {
  const { client, t } = usePage();
  const days = useSignal("7");
  const uses = useSignal("");
  return (
    <InviteMaker
      title={t("invite.link")}
      body={t("invite.body")}
      class="details-part"
      createTestid="create-invite"
      revokeTestid="revoke-invites"
      create={() =>
        client.invites.createForGroup(group, {
          expiresIn: Number(days.value) * DAY_SECONDS,
          ...(uses.value !== "" && { maxUses: Number(uses.value) }),
        })}
      revoke={() => client.invites.revokeForGroup(group)}
    >
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
    </InviteMaker>
  );
}
