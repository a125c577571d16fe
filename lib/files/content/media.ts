import { Worker } from "node:worker_threads";
import type { ByteSource } from "../byte_source.ts";
import type { MediaFigures, MediaOrder, MediaReport } from "./media_worker.ts";
import { checkPixels } from "./pictures/picture.ts";
import { EndsEarly, SourceReader } from "./source_reader.ts";

/** Milliseconds: of an ordinary film it takes a second at most, and nobody waits for a broken one. */
const PATIENCE = 5_000;
/**
 * Mebibytes. Tables in such files say how often something is repeated, and a file of a few hundred bytes
 * can say four thousand million times. Past its limit the isolate ends, and nothing is said of that:
 * without one the whole process would end.
 */
const MEMORY = { maxOldGenerationSizeMb: 96, maxYoungGenerationSizeMb: 16 };
const MOST_SECONDS = 1_000 * 3600;
const MOST_SIDE = 65_535;

/** What is heard only, where the format is mostly one of films. */
const HEARD: Readonly<Record<string, string>> = {
  "video/mp4": "audio/mp4",
  "video/webm": "audio/webm",
};

export interface Media {
  readonly type: string;
  readonly width?: number;
  readonly height?: number;
  readonly duration?: number;
}

/**
 * How long it plays, and how large it is shown. What cannot be read has no such figures: people send
 * what their programs can play, and that is more than this one knows.
 * @throws AppError `too-large`; the store's own
 */
export async function readMedia(
  source: ByteSource,
  type: string,
  patience = PATIENCE,
): Promise<Media> {
  if (!type.startsWith("video/") && !type.startsWith("audio/")) return { type };
  const { shown, duration = 0 } = await figuresOf(source, patience);
  const isHeard = shown === "none" && Object.hasOwn(HEARD, type);
  const size = shown === "none" ? undefined : shown;
  const isShown = size !== undefined && isSide(size.width) && isSide(size.height);
  if (isShown) checkPixels(size.width, size.height);
  const isLong = duration > 0 && duration <= MOST_SECONDS;
  return {
    type: isHeard ? HEARD[type] ?? type : type,
    ...(isShown && size),
    ...(isLong && { duration: Math.round(duration * 1000) / 1000 }),
  };
}

function isSide(pixels: number): boolean {
  return pixels >= 1 && pixels <= MOST_SIDE;
}

/** In an isolate that is ended whatever it does: some files would keep it busy for ever. */
async function figuresOf(source: ByteSource, patience: number): Promise<MediaFigures> {
  const reader = new SourceReader(source);
  // Only these have limits of their own, and they would be given all of the settings.
  const worker = new Worker(new URL("./media_worker.ts", import.meta.url), {
    resourceLimits: MEMORY,
    env: {},
  });
  const order = (data: MediaOrder) => worker.postMessage(data);
  const { promise, resolve, reject } = Promise.withResolvers<MediaFigures>();
  let turn = Promise.resolve();
  worker.on("message", (data: MediaReport) => {
    if ("figures" in data) return resolve(data.figures);
    turn = turn.then(async () => {
      order({ bytes: (await reader.at(data.start, data.end - data.start)).slice() });
    }).catch((error) => error instanceof EndsEarly ? resolve({}) : reject(error));
  });
  worker.on("error", () => resolve({}));
  const timer = setTimeout(() => resolve({}), patience);
  try {
    order({ size: source.size });
    return await promise;
  } finally {
    clearTimeout(timer);
    await worker.terminate();
  }
}
