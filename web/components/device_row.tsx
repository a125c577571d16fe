import type { JSX } from "preact";
import type { SessionEntry } from "../../lib/protocol/model.ts";
import { useSubmission } from "../behaviours/submission.ts";
import { usePage } from "../page_context.ts";
import { FormProblem } from "./form_problem.tsx";

type DeviceRowProps = { entry: SessionEntry; onEnded(device: string): void };

export function DeviceRow({ entry, onEnded }: DeviceRowProps): JSX.Element {
  const { client, dates, t } = usePage();
  const device = entry.device || t("devices.unknown");
  const time = dates.inline(entry.lastUsedAt);
  const { busy, error, run } = useSubmission(async () => {
    await client.security.endSession(entry.id);
    onEnded(device);
  });
  return (
    <li class="record" data-testid="device" data-session={entry.id} data-current={entry.current}>
      <div class="record-words">
        <p class="record-title" dir="auto">{device}</p>
        <p class="record-about">
          {entry.current && <span class="record-mark">{t("devices.current")}</span>}
          <time dateTime={entry.lastUsedAt} title={dates.full(entry.lastUsedAt)}>
            {t("devices.last_used", { time })}
          </time>
          {entry.ip && <span>{t("devices.address", { ip: entry.ip })}</span>}
        </p>
      </div>
      {!entry.current && (
        <button
          type="button"
          class="button"
          aria-label={t("devices.end_label", { device, time })}
          aria-disabled={busy.value}
          data-testid="end-session"
          onClick={() => void run()}
        >
          {t("devices.end")}
        </button>
      )}
      {error.value !== undefined && <FormProblem error={error.value} />}
    </li>
  );
}
