import { type ReadonlySignal, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { loudness, waveformOf } from "../waveform.ts";

/** Seconds after which a recording ends by itself. */
export const LONGEST = 600;

export type Voice = { file: File; duration: number; waveform: string };

export type RecordingState =
  | { name: "asking" }
  | { name: "recording" }
  /** It is being looked at: how long and how loud it is. */
  | { name: "finishing" }
  | { name: "done"; voice: Voice }
  | { name: "failed"; why: "denied" | "no_microphone" | "broken" | "unsupported" };

export type Recording = {
  state: ReadonlySignal<RecordingState>;
  /** Between 0 and 1, of right now. */
  level: ReadonlySignal<number>;
  seconds: ReadonlySignal<number>;
  stop(): void;
  again(): void;
};

/** In the order of preference; Safari has only the second. */
const TYPES = ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg;codecs=opus"];
const ENDINGS: Readonly<Record<string, string>> = { "audio/mp4": "m4a", "audio/ogg": "ogg" };
/** Speech by Opus needs no more: 10 minutes are 2.4 MB. */
const BITS_PER_SECOND = 32_000;
/** Samples per second to which a recording is unpacked, to see how loud it is: ten minutes are 19 MB. */
const COARSE = 8_000;
const LOOK_EVERY_MS = 100;

/**
 * Records from the moment it is first drawn until `stop`, or for `LONGEST` seconds. The microphone is
 * let go of as soon as it is not needed, whatever happens.
 */
export function useRecording(): Recording {
  const state = useSignal<RecordingState>({ name: "asking" });
  const level = useSignal(0);
  const seconds = useSignal(0);
  const attempt = useSignal(0);
  const stop = useRef(() => {});

  useEffect(() => {
    let wanted = true;
    let release = () => {};
    const tell = (next: RecordingState) => {
      if (wanted) state.value = next;
    };
    const record = async () => {
      const type = TYPES.find((each) => globalThis.MediaRecorder?.isTypeSupported(each));
      // Browsers have no microphone for pages that came without TLS.
      if (navigator.mediaDevices === undefined || type === undefined) {
        return tell({ name: "failed", why: "unsupported" });
      }
      const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
      const end = () => {
        for (const track of stream.getTracks()) track.stop();
        release = () => {};
      };
      release = end;
      // Somebody may have gone away while the browser asked.
      if (!wanted) return release();
      const audio = new AudioContext();
      release = () => {
        end();
        void audio.close().catch(() => {});
      };
      const analyser = audio.createAnalyser();
      audio.createMediaStreamSource(stream).connect(analyser);
      const samples = new Float32Array(analyser.fftSize);
      const recorder = new MediaRecorder(stream, {
        mimeType: type,
        audioBitsPerSecond: BITS_PER_SECOND,
      });
      const chunks: Blob[] = [];
      recorder.addEventListener("dataavailable", ({ data }) => chunks.push(data));
      const ended = new Promise<void>((resolve, reject) => {
        recorder.addEventListener("stop", () => resolve());
        recorder.addEventListener("error", () => reject(new Error("the recorder failed")));
      });
      stop.current = () => {
        if (recorder.state !== "inactive") recorder.stop();
      };
      recorder.start(1_000);
      const begun = performance.now();
      const looking = setInterval(() => {
        analyser.getFloatTimeDomainData(samples);
        level.value = Math.min(1, loudness(samples) * 4);
        seconds.value = (performance.now() - begun) / 1_000;
        if (seconds.value >= LONGEST) stop.current();
      }, LOOK_EVERY_MS);
      tell({ name: "recording" });
      try {
        await ended;
      } finally {
        clearInterval(looking);
        release();
      }
      if (!wanted) return;
      tell({ name: "finishing" });
      const lasted = (performance.now() - begun) / 1_000;
      tell({ name: "done", voice: await voiceOf(chunks, type, lasted) });
    };
    state.value = { name: "asking" };
    level.value = 0;
    seconds.value = 0;
    record().catch((error) => {
      release();
      tell({ name: "failed", why: reasonOf(error) });
    });
    return () => {
      wanted = false;
      stop.current();
      release();
    };
  }, [attempt.value]);

  return {
    state,
    level,
    seconds,
    stop: () => stop.current(),
    again: () => attempt.value++,
  };
}

async function voiceOf(chunks: Blob[], type: string, lasted: number): Promise<Voice> {
  const bare = type.replace(/;.*/, "");
  const at = new Date().toISOString().slice(0, 19).replaceAll(":", "-");
  const file = new File(chunks, `voice_${at}.${ENDINGS[bare] ?? "webm"}`, { type: bare });
  try {
    const coarse = new OfflineAudioContext(1, 1, COARSE);
    const sound = await coarse.decodeAudioData(await file.arrayBuffer());
    return { file, duration: sound.duration, waveform: waveformOf(sound.getChannelData(0)) };
  } catch {
    // It can be played all the same: what is missing is only what it looks like.
    return { file, duration: lasted, waveform: waveformOf(new Float32Array()) };
  }
}

function reasonOf(error: unknown): "denied" | "no_microphone" | "broken" {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError" || name === "SecurityError") return "denied";
  return name === "NotFoundError" ? "no_microphone" : "broken";
}
