import type { JSX } from "preact";
import { usePage } from "../page_context.ts";
import { isStuck, type UploadView } from "../stores/uploads.ts";
import { UploadRow } from "./upload_row.tsx";

type UploadTrayProps = { uploads: readonly UploadView[]; onRemoved(): void };

/** The files of a message that is being written. */
export function UploadTray({ uploads, onRemoved }: UploadTrayProps): JSX.Element {
  const { t } = usePage();
  const ready = uploads.filter(({ state }) => state === "ready").length;
  const stuck = uploads.filter(isStuck).length;
  return (
    <>
      <ul class="upload-tray" aria-label={t("upload.tray")} data-testid="upload-tray">
        {uploads.map((upload) => (
          <UploadRow
            key={upload.id}
            upload={upload}
            onRemoved={onRemoved}
          />
        ))}
      </ul>
      <p class="hidden-text" role="status">
        {t("upload.count", { ready, count: uploads.length })}
        {stuck > 0 && ` ${t("upload.stuck", { count: stuck })}`}
      </p>
    </>
  );
}
