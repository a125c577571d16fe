import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Id, SecurityEvent } from "../../lib/protocol/model.ts";
import { useSubmission } from "../behaviours/submission.ts";
import { usePage } from "../page_context.ts";
import { EmptyState } from "./empty_state.tsx";
import { LoadProblem } from "./load_problem.tsx";
import { SecurityEventRow } from "./security_event_row.tsx";

/** What happened to the account, a page at a time. */
export function SecurityActivity(): JSX.Element {
  const { client, t } = usePage();
  const events = useSignal<readonly SecurityEvent[] | undefined>(undefined);
  const next = useSignal<Id | null>(null);
  const list = useRef<HTMLUListElement>(null);
  const load = useSubmission(async () => {
    const page = await client.security.events(next.value ?? undefined);
    // The button goes away with what it loads last, and the focus with it.
    if (page.next === null && events.value !== undefined) list.current?.focus();
    events.value = [...events.value ?? [], ...page.events];
    next.value = page.next;
  });
  useEffect(() => void load.run(), []);
  return (
    <>
      <p class="setting-body">{t("activity.lead")}</p>
      {events.value === undefined && load.error.value === undefined && (
        <p class="quiet-note" role="status">{t("activity.loading")}</p>
      )}
      {events.value?.length === 0 && (
        <EmptyState title={t("activity.empty_title")} body={t("activity.empty_body")} />
      )}
      {events.value !== undefined && events.value.length > 0 && (
        <ul ref={list} class="people-list" tabIndex={-1} aria-label={t("activity.list")}>
          {events.value.map((event) => <SecurityEventRow key={event.id} event={event} />)}
        </ul>
      )}
      <LoadProblem load={load} />
      {next.value !== null && load.error.value === undefined && (
        <div class="settings-end">
          <button
            type="button"
            class="button"
            aria-disabled={load.busy.value}
            data-testid="more-events"
            onClick={() => void load.run()}
          >
            {t("activity.more")}
          </button>
        </div>
      )}
    </>
  );
}
