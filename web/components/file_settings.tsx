import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { Storage } from "../../lib/protocol/answers.ts";
import { usePage } from "../page_context.ts";
import { sizeText } from "../texts/amounts.ts";
import { problemText } from "../texts/problem_text.ts";
import { Switch } from "./switch.tsx";

/** How much room one's files take up, and what is shown of links. */
export function FileSettings(): JSX.Element {
  const { previews, t } = usePage();
  return (
    <section class="setting" aria-labelledby="files-heading">
      <h3 id="files-heading" class="people-title">{t("settings.files")}</h3>
      <div class="people-list details-settings">
        <StorageUse />
        <Switch
          label={t("settings.previews")}
          hint={t("settings.previews_hint")}
          on={previews.shown.value}
          set={(on) => Promise.resolve(previews.choose(on))}
          testid="link-previews"
        />
      </div>
    </section>
  );
}

function StorageUse(): JSX.Element {
  const { client, connection, language, t } = usePage();
  const storage = useSignal<Storage | undefined>(undefined);
  const problem = useSignal<unknown>(undefined);
  const ready = connection.ready.value;
  useEffect(() => {
    let overtaken = false;
    client.files.storage().then((answer) => {
      if (overtaken) return;
      storage.value = answer;
      problem.value = undefined;
    }, (error) => {
      if (!overtaken) problem.value = error;
    });
    return () => overtaken = true;
  }, [ready]);
  const size = (bytes: number) => sizeText(language.locale.value, bytes);
  const { value } = storage;
  return (
    <div class="storage" data-testid="storage">
      <p id="storage-label">{t("settings.storage")}</p>
      <meter
        class="meter storage-meter"
        min={0}
        max={value?.quota ?? 1}
        value={value?.used ?? 0}
        aria-labelledby="storage-label"
      />
      <p class="field-hint" role="status">
        {value !== undefined
          ? t("settings.storage_used", { used: size(value.used), quota: size(value.quota) })
          : problem.value !== undefined
          ? problemText(t, problem.value)
          : t("settings.storage_loading")}
      </p>
    </div>
  );
}
