import type { JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { usePage } from "../page_context.ts";
import { hrefOf, type SettingsPage } from "../stores/route.ts";
import { ChangeEmail } from "./change_email.tsx";
import { ChangePassword } from "./change_password.tsx";
import { Devices } from "./devices.tsx";
import { Icon } from "./icon.tsx";
import { SecurityActivity } from "./security_activity.tsx";
import { SettingsHome } from "./settings_home.tsx";
import { linkId } from "./settings_links.tsx";

const PAGES: Record<SettingsPage, () => JSX.Element> = {
  devices: Devices,
  activity: SecurityActivity,
  password: ChangePassword,
  email: ChangeEmail,
};

/** What is seldom looked at has a page of its own, so that the rest stays short. */
export function SettingsScreen({ page }: { page: SettingsPage | undefined }): JSX.Element {
  const { t } = usePage();
  const heading = useRef<HTMLHeadingElement>(null);
  const before = useRef(page);
  useLayoutEffect(() => {
    const left = before.current;
    before.current = page;
    if (page === left || document.activeElement !== document.body) return;
    // What had the focus is gone: it goes to where one is now, or back to where one came from.
    if (page !== undefined) heading.current?.focus();
    else if (left !== undefined) document.getElementById(linkId(left))?.focus();
  }, [page]);
  const Part = page === undefined ? SettingsHome : PAGES[page];
  return (
    <section class="screen" aria-labelledby="settings-heading" data-settings={page ?? "home"}>
      <header class="pane-header settings-header">
        {page !== undefined && (
          <a
            class="icon-button"
            href={hrefOf({ name: "settings" })}
            aria-label={t("settings.back")}
            title={t("settings.back")}
            data-testid="settings-back"
          >
            <Icon name="back" />
          </a>
        )}
        <h2 id="settings-heading" ref={heading} class="pane-title" tabIndex={-1}>
          {t(page === undefined ? "settings.title" : `settings.${page}`)}
        </h2>
      </header>
      <div key={page} class="screen-body">
        <Part />
      </div>
    </section>
  );
}
