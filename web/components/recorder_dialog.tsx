import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useFocusOnMount } from "../behaviours/focus_on_mount.ts";
import { LONGEST, useRecording, type Voice } from "../behaviours/recording.ts";
import { usePage } from "../page_context.ts";
import { durationText } from "../texts/amounts.ts";
import { Dialog } from "./dialog.tsx";
import { SoundPlayer } from "./sound_player.tsx";
import type { VoiceRecorderProps } from "./voice_recorder.tsx";

type RecorderDialogProps = VoiceRecorderProps & { onClose(): void };

/** Records at once, and sends nothing before somebody says so. Closing it drops what was recorded. */
export function RecorderDialog({ onDone, onClose }: RecorderDialogProps): JSX.Element {
  const { t } = usePage();
  const { state, level, seconds, stop, again } = useRecording();
  const now = state.value;
  return (
    <Dialog title={t("voice.title")} onClose={onClose} testid="recorder">
      {now.name === "failed" && (
        <p class="form-problem" role="alert" data-testid="recorder-problem">
          {t(`voice.${now.why}`)}
        </p>
      )}
      {now.name === "asking" && <p class="dialog-text" role="status">{t("voice.asking")}</p>}
      {(now.name === "recording" || now.name === "finishing") && (
        <div class="recorder" data-testid="recorder-live">
          <span class="recorder-dot" aria-hidden="true" />
          <span class="hidden-text" role="status">{t("voice.recording")}</span>
          <meter
            class="meter recorder-level"
            min={0}
            max={1}
            value={level.value}
            aria-hidden="true"
          />
          <span class="sound-time" role="timer">
            {t("attachment.position_of", {
              at: durationText(seconds.value),
              duration: durationText(LONGEST),
            })}
          </span>
        </div>
      )}
      {now.name === "done" && <Recorded voice={now.voice} />}
      <div class="dialog-actions">
        <button type="button" class="button" data-testid="recorder-cancel" onClick={onClose}>
          {t("dialog.cancel")}
        </button>
        {(now.name === "failed" || now.name === "done") && (
          <button type="button" class="button" data-testid="recorder-again" onClick={again}>
            {t(now.name === "done" ? "voice.again" : "app.try_again")}
          </button>
        )}
        {(now.name === "recording" || now.name === "finishing") && (
          <NextButton text={t("voice.stop")} testid="recorder-stop" run={stop} />
        )}
        {now.name === "done" && (
          <NextButton
            key="send"
            text={t("composer.send")}
            testid="recorder-send"
            run={() => {
              const { file, duration, waveform } = now.voice;
              onDone(file, { duration, waveform });
            }}
          />
        )}
      </div>
    </Dialog>
  );
}

/** What most want next: it has the focus as soon as it is there. */
function NextButton(
  { text, testid, run }: { text: string; testid: string; run(): void },
): JSX.Element {
  const button = useFocusOnMount<HTMLButtonElement>();
  return (
    <button
      ref={button}
      type="button"
      class="button button-main"
      data-testid={testid}
      onClick={run}
    >
      {text}
    </button>
  );
}

function Recorded({ voice }: { voice: Voice }): JSX.Element {
  const { t } = usePage();
  const [url, setUrl] = useState<string | undefined>(undefined);
  useEffect(() => {
    const made = URL.createObjectURL(voice.file);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [voice]);
  return (
    <SoundPlayer
      label={t("voice.title")}
      address={() => Promise.resolve(url ?? "")}
      waveform={voice.waveform}
      duration={voice.duration}
    />
  );
}
