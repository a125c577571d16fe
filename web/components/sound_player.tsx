import type { JSX } from "preact";
import { useMemo, useRef } from "preact/hooks";
import { useSignedMedia } from "../behaviours/signed_media.ts";
import { usePage } from "../page_context.ts";
import { durationText } from "../texts/amounts.ts";
import { barsOf } from "../waveform.ts";
import { Icon } from "./icon.tsx";

type SoundPlayerProps = {
  /** What is played, in words. */
  label: string;
  address(): Promise<string>;
  waveform: string | undefined;
  /** Seconds; 0 where nobody knows. */
  duration: number;
};

const BARS = 40;
/** Units of the drawing: a bar, and the space behind it. */
const STEP = 4;
const HEIGHT = 28;

/** Something to listen to: where one is in it is seen, and can be chosen. */
export function SoundPlayer(props: SoundPlayerProps): JSX.Element {
  const { t } = usePage();
  const sound = useRef<HTMLAudioElement>(null);
  const { state, at, toggle, seek } = useSignedMedia(sound, props.address);
  const bars = useMemo(() => barsOf(props.waveform, BARS), [props.waveform]);
  const { duration } = props;
  const playing = state === "playing" || state === "opening";
  const passed = duration > 0 ? Math.min(1, at / duration) : 0;
  const time = durationText(at > 0 ? at : duration);
  return (
    // In a log of messages, the time that passes would be read out.
    <div
      class="sound"
      role="group"
      aria-label={props.label}
      aria-live="off"
      data-testid="sound"
    >
      <button
        type="button"
        class="sound-play"
        aria-label={t(playing ? "attachment.pause" : "attachment.play")}
        title={t(playing ? "attachment.pause" : "attachment.play")}
        data-state={state}
        data-testid="sound-play"
        onClick={toggle}
      >
        <Icon name={playing ? "pause" : "play"} />
      </button>
      <span class="sound-line">
        <svg
          class="sound-bars"
          viewBox={`0 0 ${BARS * STEP} ${HEIGHT}`}
          preserveAspectRatio="none"
          aria-hidden="true"
        >
          <path d={drawing(bars, BARS)} />
          <path class="sound-passed" d={drawing(bars, Math.round(passed * BARS))} />
        </svg>
        <input
          type="range"
          class="sound-seek"
          min={0}
          max={Math.max(duration, 0.1)}
          step={0.1}
          value={at}
          disabled={duration <= 0}
          aria-label={t("attachment.position")}
          aria-valuetext={t("attachment.position_of", {
            at: durationText(at),
            duration: durationText(duration),
          })}
          data-testid="sound-seek"
          onInput={({ currentTarget }) => seek(currentTarget.valueAsNumber)}
        />
      </span>
      <span class="sound-time" data-testid="sound-time">{time}</span>
      <audio ref={sound} preload="none" />
      {state === "failed" && <p class="sound-failed" role="status">{t("attachment.failed_play")}
      </p>}
    </div>
  );
}

function drawing(bars: readonly number[], count: number): string {
  return bars.slice(0, count).map((bar, at) => {
    const half = Math.max(1, bar * (HEIGHT - 2) / 2);
    return `M${at * STEP + STEP / 2} ${HEIGHT / 2 - half}v${half * 2}`;
  }).join("");
}
