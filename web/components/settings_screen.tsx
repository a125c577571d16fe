import type { JSX } from "preact";
import { useSubmission } from "../behaviours/submission.ts";
import { usePage } from "../page_context.ts";
import { userName } from "../texts/names.ts";
import { Avatar } from "./avatar.tsx";
import { FormProblem } from "./form_problem.tsx";
import { LanguageSwitch } from "./language_switch.tsx";
import { PresenceSwitch } from "./presence_switch.tsx";
import { ProfileForm } from "./profile_form.tsx";

export function SettingsScreen(): JSX.Element {
  const { client, route, session, t } = usePage();
  const me = session.me.value;
  const leave = useSubmission(async () => {
    await client.session.signOut();
    route.go({ name: "chats" });
  });
  return (
    <section class="screen" aria-labelledby="settings-heading">
      <header class="pane-header">
        <h2 id="settings-heading" class="pane-title">{t("settings.title")}</h2>
      </header>
      <div class="screen-body">
        {me && (
          <section class="setting" aria-labelledby="account-heading">
            <h3 id="account-heading" class="people-title">{t("settings.account")}</h3>
            <div class="person" data-testid="account">
              <Avatar name={userName(me)} />
              <div class="person-names">
                <p class="person-name" dir="auto">{userName(me)}</p>
                <p class="person-username">@{me.username} · {me.email}</p>
              </div>
            </div>
          </section>
        )}
        {me && (
          <section class="setting" aria-labelledby="profile-heading">
            <h3 id="profile-heading" class="people-title">{t("settings.edit_profile")}</h3>
            <ProfileForm me={me} />
          </section>
        )}
        <section class="setting" aria-labelledby="presence-heading">
          <h3 id="presence-heading" class="people-title">{t("settings.presence")}</h3>
          <PresenceSwitch />
        </section>
        <section class="setting" aria-labelledby="language-heading">
          <h3 id="language-heading" class="people-title">{t("settings.language")}</h3>
          <LanguageSwitch />
        </section>
        <section class="setting" aria-labelledby="session-heading">
          <h3 id="session-heading" class="people-title">{t("settings.session")}</h3>
          <p class="setting-body">{t("settings.session_body")}</p>
          <FormProblem error={leave.error.value} />
          <button
            type="button"
            class="button"
            aria-disabled={leave.busy.value}
            data-testid="sign-out"
            onClick={() => void leave.run()}
          >
            {t("settings.sign_out")}
          </button>
        </section>
      </div>
    </section>
  );
}
