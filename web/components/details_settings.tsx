import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { ConversationView } from "../../client/views.ts";
import { useSubmission } from "../behaviours/submission.ts";
import { useUntil } from "../behaviours/until.ts";
import { now } from "../now.ts";
import { usePage } from "../page_context.ts";
import { ConfirmDialog } from "./confirm_dialog.tsx";
import { FormProblem } from "./form_problem.tsx";
import { MenuButton } from "./menu_button.tsx";
import { Switch } from "./switch.tsx";

const HOUR = 3_600_000;
/** The end of time, as far as dates of four digits go. */
const ALWAYS = "9999-12-31T00:00:00.000Z";

/** What this person chooses for themselves, and the way out. */
export function DetailsSettings({ view }: { view: ConversationView }): JSX.Element {
  const { client, route, dates, names, t } = usePage();
  const { info } = view;
  const { id } = info;
  const muted = useUntil(info.mutedUntil);
  const leaving = useSignal(false);
  const muting = useSubmission(() => client.conversations.setMuted(id, until.value));
  const until = useSignal<string | null>(null);
  const mute = (ms: number | "always" | undefined) => {
    until.value = ms === undefined
      ? null
      : ms === "always"
      ? ALWAYS
      : new Date(now() + ms).toISOString();
    void muting.run();
  };
  const markUnread = useSubmission(async () => {
    await client.thread.markUnread(id, true);
    route.go({ name: "chats" });
  });
  const hide = useSubmission(async () => {
    await client.conversations.setHidden(id, !info.hidden);
    if (!info.hidden) route.go({ name: "chats" });
  });
  return (
    <section class="details-part" aria-labelledby="own-settings-heading">
      <h3 id="own-settings-heading" class="people-title">{t("details.settings")}</h3>
      <div class="people-list details-settings">
        <div class="setting-row">
          <span class="switch-words">
            {muted !== undefined
              ? muted === ALWAYS
                ? t("details.muted_always")
                : t("details.muted_until", { time: dates.moment(muted) })
              : t("details.mute")}
            <span class="field-hint">{t("details.mute_hint")}</span>
          </span>
          {muted !== undefined
            ? (
              <button
                type="button"
                class="button button-small"
                data-testid="unmute"
                onClick={() => mute(undefined)}
              >
                {t("details.unmute")}
              </button>
            )
            : (
              <MenuButton
                label={t("details.mute")}
                text={t("details.mute")}
                class="button button-small"
                testid="mute"
                items={() => [
                  { label: t("details.mute_hour"), testid: "mute-hour", run: () => mute(HOUR) },
                  {
                    label: t("details.mute_workday"),
                    testid: "mute-workday",
                    run: () => mute(8 * HOUR),
                  },
                  {
                    label: t("details.mute_week"),
                    testid: "mute-week",
                    run: () => mute(7 * 24 * HOUR),
                  },
                  {
                    label: t("details.mute_always"),
                    testid: "mute-always",
                    run: () => mute("always"),
                  },
                ]}
              />
            )}
        </div>
        <Switch
          label={t("details.pin")}
          on={info.pinned}
          set={(on) => client.conversations.setPinned(id, on)}
          testid="pin-conversation"
        />
        <button
          type="button"
          class="setting-row setting-button"
          data-testid="mark-unread"
          onClick={() => void markUnread.run()}
        >
          {t("details.mark_unread")}
        </button>
        <button
          type="button"
          class="setting-row setting-button"
          data-testid={info.hidden ? "show-conversation" : "hide-conversation"}
          onClick={() => void hide.run()}
        >
          {t(info.hidden ? "details.show" : "details.hide")}
        </button>
        {info.kind === "group" && (
          <button
            type="button"
            class="setting-row setting-button"
            data-grave
            data-testid="leave-group"
            onClick={() => leaving.value = true}
          >
            {t("details.leave")}
          </button>
        )}
      </div>
      <FormProblem error={muting.error.value ?? markUnread.error.value ?? hide.error.value} />
      {leaving.value && (
        <ConfirmDialog
          title={t("details.leave_title", { name: names.conversation(view) })}
          body={`${t("details.leave_body")}${
            info.role === "owner" ? ` ${t("details.leave_owner")}` : ""
          }`}
          action={t("details.leave")}
          run={async () => {
            await client.groups.leave(id);
            route.go({ name: "chats" });
          }}
          onClose={() => leaving.value = false}
        />
      )}
    </section>
  );
}
