import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { usePage } from "../page_context.ts";
import { hrefOf, type SettingsPage } from "../stores/route.ts";
import { DeleteDialog } from "./delete_dialog.tsx";
import { Icon } from "./icon.tsx";

export function linkId(page: SettingsPage): string {
  return `settings-${page}`;
}

/** The way to what keeps the account its owner's, and to its end. */
export function SettingsLinks(): JSX.Element {
  const { session, t } = usePage();
  const deleting = useSignal(false);
  const about: Record<SettingsPage, string | undefined> = {
    devices: t("settings.devices_about"),
    activity: t("settings.activity_about"),
    password: t("settings.password_about"),
    email: session.me.value?.email,
  };
  return (
    <section class="setting" aria-labelledby="security-heading">
      <h3 id="security-heading" class="people-title">{t("settings.security")}</h3>
      <ul class="people-list settings-links">
        {(Object.keys(about) as SettingsPage[]).map((page) => (
          <li key={page}>
            <a
              id={linkId(page)}
              class="setting-row setting-link"
              href={hrefOf({ name: "settings", page })}
              data-testid={linkId(page)}
            >
              <span class="switch-words">
                {t(`settings.${page}`)}
                <span class="field-hint">{about[page]}</span>
              </span>
              <Icon name="next" size={16} />
            </a>
          </li>
        ))}
        <li>
          <button
            type="button"
            class="setting-row setting-button"
            data-grave
            data-testid="delete-account"
            onClick={() => deleting.value = true}
          >
            {t("settings.delete")}
          </button>
        </li>
      </ul>
      {deleting.value && <DeleteDialog onClose={() => deleting.value = false} />}
    </section>
  );
}
