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
import { AppError } from "../../errors.ts";
import type { ByteSource } from "../byte_source.ts";
import { boundedSource } from "./bounded_source.ts";
import { checkPixels } from "./pictures/picture.ts";
import { SourceReader } from "./source_reader.ts";

/** Not all that the package knows: a playlist (HLS) would let a file say what is to be fetched. */
const FORMATS = [MP4, QTFF, WEBM, MATROSKA, OGG, MP3, FLAC, WAVE, ADTS];
/** Of what is read of a file: the tables of a film of several hours are a few mebibytes. */
const MOST_BYTES = 24 * 1024 * 1024;
/** Of which so much may be the sound itself, frame after frame: where it says nowhere how long it is. */
const MOST_WALKED = 1024 * 1024;
const CACHE_BYTES = 2 * 1024 * 1024;
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
export async function readMedia(source: ByteSource, type: string): Promise<Media> {
  if (!type.startsWith("video/") && !type.startsWith("audio/")) return { type };
  const bounded = boundedSource(source, MOST_BYTES);
  const reader = new SourceReader(bounded);
  let failure: AppError | undefined;
  const read = async (start: number, end: number) => {
    try {
      return (await reader.at(start, end - start)).slice();
    } catch (error) {
      if (error instanceof AppError) failure = error;
      throw error;
    }
  };
  const options = { getSize: () => source.size, read, maxCacheSize: CACHE_BYTES };
  using input = new Input({ formats: FORMATS, source: new CustomSource(options) });
  const size = await orNone(() => shownSize(input));
  const said = await orNone(() => input.getDurationFromMetadata());
  bounded.bound(MOST_WALKED);
  // What a browser has just recorded says nothing, or how long its first part is: the last of it does.
  const seconds = await orNone(() => input.computeDuration()) ?? said ?? 0;
  if (failure !== undefined) throw failure;
  if (size !== undefined && size !== "none") checkPixels(size.width, size.height);
  return {
    type: size === "none" && Object.hasOwn(HEARD, type) ? HEARD[type] ?? type : type,
    ...(size !== undefined && size !== "none" && size),
    ...(seconds > 0 && seconds <= MOST_SECONDS && { duration: Math.round(seconds * 1000) / 1000 }),
  };
}

async function orNone<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch {
    return undefined;
  }
}

/** `none` where there is sound, and nothing to be seen. */
async function shownSize(
  input: Input,
): Promise<{ width: number; height: number } | "none" | undefined> {
  const video = await input.getPrimaryVideoTrack();
  if (video === null) return await input.getPrimaryAudioTrack() === null ? undefined : "none";
  const width = Math.round(await video.getDisplayWidth());
  const height = Math.round(await video.getDisplayHeight());
  return isSide(width) && isSide(height) ? { width, height } : undefined;
}

function isSide(pixels: number): boolean {
  return pixels >= 1 && pixels <= MOST_SIDE;
}
