import type { JSX } from "preact";
import { usePage } from "../page_context.ts";
import { InviteMaker } from "./invite_maker.tsx";

/** A link that makes whoever has it a contact of this person. */
export function PersonalInvite(): JSX.Element {
  const { client, t } = usePage();
  return (
    <InviteMaker
      title={t("contacts.link")}
      body={t("contacts.link_body")}
      class="setting"
      createTestid="create-personal-invite"
      revokeTestid="revoke-personal-invites"
      create={() => client.invites.createPersonal()}
      revoke={() => client.invites.revokePersonal()}
    />
  );
}
