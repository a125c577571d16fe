import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { usePage } from "../page_context.ts";
import { Icon } from "./icon.tsx";

/** Lets somebody choose files from their device. */
export function AttachButton({ onFiles }: { onFiles(files: File[]): void }): JSX.Element {
  const { t } = usePage();
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button
        type="button"
        class="icon-button attach"
        aria-label={t("upload.attach")}
        title={t("upload.attach")}
        data-testid="attach"
        onClick={() => input.current?.click()}
      >
        <Icon name="attach" />
      </button>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        data-testid="attach-input"
        onChange={({ currentTarget }) => {
          const files = [...currentTarget.files ?? []];
          // The same ones may be chosen again.
          currentTarget.value = "";
          if (files.length > 0) onFiles(files);
        }}
      />
    </>
  );
}
