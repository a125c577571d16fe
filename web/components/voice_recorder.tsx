import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useFocusBack } from "../behaviours/focus_back.ts";
import { usePage } from "../page_context.ts";
import { Icon } from "./icon.tsx";
import { createLazy } from "./lazy.tsx";

export type VoiceRecorderProps = {
  /** It is to be sent: the waveform is in base64, the duration in seconds. */
  onDone(voice: File, about: { duration: number; waveform: string }): void;
};

/** Few record, and those not at once. */
const RecorderDialog = createLazy(async () =>
  (await import("./recorder_dialog.tsx")).RecorderDialog
);

/** The way to a voice message: a button, and behind it everything up to sending it. */
export function VoiceRecorder({ onDone }: VoiceRecorderProps): JSX.Element {
  const { t } = usePage();
  const open = useSignal(false);
  const opener = useFocusBack<HTMLButtonElement>(open.value);
  return (
    <>
      <button
        ref={opener}
        type="button"
        class="icon-button"
        aria-label={t("voice.record")}
        title={t("voice.record")}
        aria-haspopup="dialog"
        data-testid="record-voice"
        onClick={() => open.value = true}
      >
        <Icon name="microphone" />
      </button>
      {open.value && (
        <RecorderDialog
          onDone={(file, about) => {
            open.value = false;
            onDone(file, about);
          }}
          onClose={() => open.value = false}
        />
      )}
    </>
  );
}
