/** Apart from the server: reads films and sound by a package that a broken file can keep busy for ever. */
import { parentPort } from "node:worker_threads";
import {
  ADTS,
  CustomSource,
  FLAC,
  Input,
  MATROSKA,
  MP3,
  MP4,
  OGG,
  QTFF,
  WAVE,
  WEBM,
} from "mediabunny";

/** What the server is asked for, and what comes of it in the end. */
export type MediaReport = { start: number; end: number } | { figures: MediaFigures };
export type MediaOrder = { size: number } | { bytes: Uint8Array<ArrayBuffer> };
export interface MediaFigures {
  /** As it is shown; `none` where there is sound, and nothing to be seen. */
  readonly shown?: { width: number; height: number } | "none" | undefined;
  /** Seconds. */
  readonly duration?: number | undefined;
}

/** Not all that the package knows: a playlist (HLS) would let a file say what is to be fetched. */
const FORMATS = [MP4, QTFF, WEBM, MATROSKA, OGG, MP3, FLAC, WAVE, ADTS];
/** Of what is read of a file: the tables of a film of several hours are a few mebibytes. */
const MOST_BYTES = 24 * 1024 * 1024;
/** Of which so much may be the sound itself, frame after frame: where it says nowhere how long it is. */
const MOST_WALKED = 1024 * 1024;
const CACHE_BYTES = 2 * 1024 * 1024;

let left = MOST_BYTES;
const waiting: ((bytes: Uint8Array<ArrayBuffer>) => void)[] = [];

parentPort?.on("message", async (data: MediaOrder) => {
  if ("bytes" in data) waiting.shift()?.(data.bytes);
  else report({ figures: await readFigures(data.size) });
});

async function readFigures(size: number): Promise<MediaFigures> {
  const options = { getSize: () => size, read, maxCacheSize: CACHE_BYTES };
  using input = new Input({ formats: FORMATS, source: new CustomSource(options) });
  const shown = await orNone(() => shownSize(input));
  const said = await orNone(() => input.getDurationFromMetadata());
  left = Math.min(left, MOST_WALKED);
  // What a browser has just recorded says nothing, or how long its first part is: the last of it does.
  const duration = await orNone(() => input.computeDuration()) ?? said ?? undefined;
  return { shown, duration };
}

/** They are answered in the order in which they were asked for. */
function read(start: number, end: number): Promise<Uint8Array<ArrayBuffer>> {
  left -= end - start;
  if (left < 0) throw new Error("more was asked for than is read of a file");
  return new Promise((resolve) => {
    waiting.push(resolve);
    report({ start, end });
  });
}

async function shownSize(input: Input): Promise<MediaFigures["shown"]> {
  const video = await input.getPrimaryVideoTrack();
  if (video === null) return await input.getPrimaryAudioTrack() === null ? undefined : "none";
  const [width, height] = [await video.getDisplayWidth(), await video.getDisplayHeight()];
  return { width: Math.round(width), height: Math.round(height) };
}

/** What the package cannot read has no figures. */
async function orNone<T>(task: () => Promise<T>): Promise<T | undefined> {
  try {
    return await task();
  } catch {
    return undefined;
  }
}

function report(said: MediaReport): void {
  parentPort?.postMessage(said);
}
