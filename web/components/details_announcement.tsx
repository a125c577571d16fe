import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { Conversation } from "../../lib/protocol/model.ts";
import { useFocusBack } from "../behaviours/focus_back.ts";
import { usePage } from "../page_context.ts";
import { leads } from "../permissions.ts";
import { Icon } from "./icon.tsx";
import { TextForm } from "./text_form.tsx";

export function DetailsAnnouncement({ info }: { info: Conversation }): JSX.Element {
  const { client, t } = usePage();
  const editing = useSignal(false);
  const opener = useFocusBack<HTMLButtonElement>(editing.value);
  return (
    <section class="details-part" aria-labelledby="announcement-heading">
      <div class="details-head">
        <h3 id="announcement-heading" class="people-title">{t("thread.announcement")}</h3>
        {leads(info) && !editing.value && (
          <button
            ref={opener}
            type="button"
            class="icon-button"
            aria-label={t("details.edit_announcement")}
            title={t("details.edit_announcement")}
            data-testid="edit-announcement"
            onClick={() => editing.value = true}
          >
            <Icon name="edit" />
          </button>
        )}
      </div>
      {editing.value
        ? (
          <TextForm
            label={t("details.edit_announcement")}
            value={info.announcement}
            field="announcement"
            testid="group-announcement"
            maxLength={2_000}
            long
            save={(announcement) => client.groups.change(info.id, { announcement })}
            onDone={() => editing.value = false}
          />
        )
        : info.announcement === ""
        ? <p class="field-hint">{t("details.no_announcement")}</p>
        : <p class="details-text" dir="auto">{info.announcement}</p>}
    </section>
  );
}
