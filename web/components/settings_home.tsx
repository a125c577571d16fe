import type { JSX } from "preact";
import { usePage } from "../page_context.ts";
import { Avatar } from "./avatar.tsx";
import { AvatarForm } from "./avatar_form.tsx";
import { FileSettings } from "./file_settings.tsx";
import { LanguageSwitch } from "./language_switch.tsx";
import { PresenceSwitch } from "./presence_switch.tsx";
import { ProfileForm } from "./profile_form.tsx";
import { SettingsLinks } from "./settings_links.tsx";
import { SignOut } from "./sign_out.tsx";

export function SettingsHome(): JSX.Element {
  const { client, names, session, t } = usePage();
  const me = session.me.value;
  return (
    <>
      {me && (
        <section class="setting" aria-labelledby="account-heading">
          <h3 id="account-heading" class="people-title">{t("settings.account")}</h3>
          <div class="person" data-testid="account">
            <Avatar name={names.own(me)} picture={me.avatar} />
            <div class="person-names">
              <p class="person-name" dir="auto">{names.own(me)}</p>
              <p class="person-username">@{me.username} · {me.email}</p>
            </div>
          </div>
        </section>
      )}
      {me && (
        <section class="setting" aria-labelledby="profile-heading">
          <h3 id="profile-heading" class="people-title">{t("settings.edit_profile")}</h3>
          <AvatarForm
            name={names.own(me)}
            picture={me.avatar}
            change={(avatar) => client.me.change({ avatar })}
          />
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
      <FileSettings />
      <SettingsLinks />
      <SignOut />
    </>
  );
}
