import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { usePage } from "../page_context.ts";

const STATES = ["online", "away", "busy"] as const;

export function PresenceSwitch(): JSX.Element {
  const { client, t } = usePage();
  const own = useSignal(client.presence.own());
  return (
    <div class="segments" role="group" aria-label={t("settings.presence")}>
      {STATES.map((state) => (
        <button
          key={state}
          type="button"
          class="segment"
          aria-pressed={own.value === state}
          data-testid={`presence-${state}`}
          onClick={() => {
            client.presence.set(state);
            own.value = state;
          }}
        >
          {t(`presence.${state}`)}
        </button>
      ))}
    </div>
  );
}
