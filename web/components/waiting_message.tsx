import type { JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { usePage } from "../page_context.ts";
import type { ParcelView } from "../stores/uploads.ts";
import type { Thread } from "../stores/thread.ts";
import { Icon } from "./icon.tsx";
import { UploadRow } from "./upload_row.tsx";

/** A message that was sent before its files were on the server: it goes out by itself. */
export function WaitingMessage(
  { parcel, thread }: { parcel: ParcelView; thread: Thread },
): JSX.Element {
  const { uploads, dates, t } = usePage();
  const { id, at, sent, uploads: files } = parcel;
  const place = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => () => {
    // It goes out, or back: whoever was in it is not thrown to the start of the page.
    if (!place.current?.contains(document.activeElement)) return;
    document.querySelector<HTMLElement>(".composer-field")?.focus();
  }, []);
  return (
    <div ref={place} class="message" data-mine="true" data-opens="true" data-closes="true">
      <div class="bubble-line">
        <div
          class="bubble bubble-waiting"
          data-anchor
          data-testid="waiting-message"
          data-client-id={id}
        >
          <ul class="upload-list" aria-label={t("upload.tray")}>
            {files.map((upload) => (
              <UploadRow
                key={upload.id}
                upload={upload}
                // The last one takes the message along, which is to take it back.
                onRemoved={files.length > 1 ? () => {} : undefined}
              />
            ))}
          </ul>
          {sent?.text && <p class="waiting-text" dir="auto">{sent.text}</p>}
        </div>
      </div>
      <p class="message-meta">
        <time dateTime={at} title={dates.full(at)}>{dates.clock(at)}</time>
        <span class="message-state" data-state="sending">
          <Icon name="sending" size={16} />
          {t("upload.sends_itself")}
        </span>
        <button
          type="button"
          class="text-button"
          data-testid="take-back"
          onClick={async () => {
            thread.returned.value = (await uploads.open()).cancel(id);
          }}
        >
          {t("upload.take_back")}
        </button>
      </p>
    </div>
  );
}
