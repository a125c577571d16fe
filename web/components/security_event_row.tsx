import type { JSX } from "preact";
import type { SecurityEvent } from "../../lib/protocol/model.ts";
import { usePage } from "../page_context.ts";
import { isGrave, securityText } from "../texts/security_text.ts";

export function SecurityEventRow({ event }: { event: SecurityEvent }): JSX.Element {
  const { dates, t } = usePage();
  const { at, device, ip, type } = event;
  return (
    <li class="record" data-testid="security-event" data-type={type} data-grave={isGrave(event)}>
      <div class="record-words">
        <p class="record-title">{securityText(t, event)}</p>
        <p class="record-about">
          <time dateTime={at} title={dates.full(at)}>{dates.moment(at)}</time>
          {device && <span dir="auto">{device}</span>}
          {ip && <span>{t("devices.address", { ip })}</span>}
        </p>
      </div>
    </li>
  );
}
