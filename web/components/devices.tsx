import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { SessionEntry } from "../../lib/protocol/model.ts";
import { useSubmission } from "../behaviours/submission.ts";
import { usePage } from "../page_context.ts";
import { ConfirmDialog } from "./confirm_dialog.tsx";
import { DeviceRow } from "./device_row.tsx";
import { LoadProblem } from "./load_problem.tsx";

/** Where this person is signed in, and how to end that. */
export function Devices(): JSX.Element {
  const { client, t } = usePage();
  const entries = useSignal<readonly SessionEntry[] | undefined>(undefined);
  const said = useSignal("");
  const asking = useSignal(false);
  const list = useRef<HTMLUListElement>(null);
  const load = useSubmission(async () => {
    entries.value = inOrder(await client.security.sessions());
  });
  useEffect(() => void load.run(), []);

  const keep = (which: (entry: SessionEntry) => boolean, words: string) => {
    // What had the focus goes with it.
    list.current?.focus();
    entries.value = entries.value?.filter(which);
    said.value = words;
  };
  const others = entries.value?.filter(({ current }) => !current).length ?? 0;
  return (
    <>
      {entries.value === undefined && load.error.value === undefined && (
        <p class="quiet-note" role="status">{t("devices.loading")}</p>
      )}
      <LoadProblem load={load} />
      {entries.value !== undefined && (
        <ul ref={list} class="people-list" tabIndex={-1} aria-label={t("devices.list")}>
          {entries.value.map((entry) => (
            <DeviceRow
              key={entry.id}
              entry={entry}
              onEnded={(device) =>
                keep(({ id }) => id !== entry.id, t("devices.ended", { device }))}
            />
          ))}
        </ul>
      )}
      <div class="settings-end">
        <p class="saved-note" role="status" data-testid="devices-said">
          {said.value || (entries.value !== undefined && others === 0 && t("devices.alone"))}
        </p>
        {others > 0 && (
          <button
            type="button"
            class="button button-grave"
            data-testid="end-others"
            onClick={() => asking.value = true}
          >
            {t("devices.end_others")}
          </button>
        )}
      </div>
      {asking.value && (
        <ConfirmDialog
          title={t("devices.end_others_title")}
          body={t("devices.end_others_body", { count: others })}
          action={t("devices.end_others")}
          run={async () => {
            await client.security.endOtherSessions();
            keep(({ current }) => current, t("devices.ended_others"));
          }}
          onClose={() => asking.value = false}
        />
      )}
    </>
  );
}

/** This one first, then those that were used last. */
function inOrder(entries: readonly SessionEntry[]): SessionEntry[] {
  return [...entries].sort((one, other) =>
    Number(other.current) - Number(one.current) ||
    other.lastUsedAt.localeCompare(one.lastUsedAt)
  );
}
