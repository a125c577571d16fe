import type * as z from "zod";
import { AppError } from "../../errors.ts";
import { LIMITS } from "../../protocol/codes.ts";
import type { DescribeFile } from "../../protocol/requests.ts";
import { bytesSource, gather } from "./bytes_source.ts";
import type { Size } from "./pictures/picture.ts";
import { walkPicture } from "./pictures/walk_picture.ts";
import { placeholderProblem } from "./placeholder.ts";
import { sniff } from "./sniff.ts";
import { SourceReader } from "./source_reader.ts";

/** What is known of a file by its content. */
export interface Described {
  readonly type: string;
  readonly width?: number | null | undefined;
  readonly height?: number | null | undefined;
  readonly duration?: number | null | undefined;
}

/** What its owner's client made of it, as far as it can be true. */
export interface Description {
  /** Without metadata. */
  readonly thumbnail?: SmallPicture;
  readonly placeholder?: string;
  readonly waveform?: string;
  readonly duration?: number;
}

export interface SmallPicture extends Size {
  readonly type: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

const WAVEFORM_BYTES = 256;
const THUMBNAIL_TYPES = new Set(["image/webp", "image/jpeg", "image/png"]);

/**
 * Others see the small picture before they see the large one, and may never look at that: so it has to
 * be one, and of the same shape. A duration is left out where the content itself says it.
 * @throws AppError `invalid`, `unsupported` or `too-large`
 */
export async function checkDescription(
  content: Described,
  said: z.infer<typeof DescribeFile>,
): Promise<Description> {
  const [kind] = content.type.split("/", 1);
  const isSeen = kind === "image" || kind === "video";
  const isHeard = kind === "audio" || kind === "video";
  const size = sizeOf(content);
  const { thumbnail, placeholder, waveform, duration } = said;
  if (thumbnail !== undefined && !isSeen) throw wrong("thumbnail", "is for pictures and videos");
  if (placeholder !== undefined) {
    if (!isSeen) throw wrong("placeholder", "is for pictures and videos");
    const problem = placeholderProblem(Uint8Array.fromBase64(placeholder), size);
    if (problem !== undefined) throw wrong("placeholder", problem);
  }
  if (waveform !== undefined) {
    if (kind !== "audio") throw wrong("waveform", "is for what is heard");
    const { length } = Uint8Array.fromBase64(waveform);
    if (length < 1 || length > WAVEFORM_BYTES) {
      throw wrong("waveform", `must have 1 to ${WAVEFORM_BYTES} bytes`);
    }
  }
  if (duration !== undefined && !isHeard) throw wrong("duration", "is for sound and videos");
  const isKnown = typeof content.duration === "number";
  return {
    ...(thumbnail !== undefined && { thumbnail: await smallPicture(thumbnail, size) }),
    ...(placeholder !== undefined && { placeholder }),
    ...(waveform !== undefined && { waveform }),
    ...(duration !== undefined && !isKnown && { duration }),
  };
}

async function smallPicture(base64: string, of: Size | undefined): Promise<SmallPicture> {
  const sent = bytesSource(Uint8Array.fromBase64(base64));
  if (sent.size > LIMITS.thumbnailBytes) {
    throw wrong("thumbnail", `must have at most ${LIMITS.thumbnailBytes} bytes`);
  }
  const type = await sniff(new SourceReader(sent));
  const picture = THUMBNAIL_TYPES.has(type) ? await walkPicture(sent, type) : undefined;
  if (picture === undefined) throw wrong("thumbnail", "must be a picture in WebP, JPEG or PNG");
  const { width, height, pieces } = picture;
  if (Math.max(width, height) > LIMITS.thumbnailPixels) {
    throw wrong("thumbnail", `must have at most ${LIMITS.thumbnailPixels} pixels on a side`);
  }
  if (of !== undefined && !hasShape({ width, height }, of)) {
    throw wrong("thumbnail", "must have the same shape as the file");
  }
  const kept = pieces.kept() ?? { size: sent.size, bytes: () => sent.read(0, sent.size) };
  return { type, width, height, bytes: await gather(kept.bytes(), kept.size) };
}

/** Give or take 3 of 100, and a pixel: small pictures of long ones are a few pixels high. */
function hasShape(small: Size, large: Size): boolean {
  const isNear = (side: number, expected: number) =>
    Math.abs(side - expected) <= Math.max(1, 0.03 * expected);
  return isNear(small.height, small.width * large.height / large.width) ||
    isNear(small.width, small.height * large.width / large.height);
}

function sizeOf({ width, height }: Described): Size | undefined {
  return width && height ? { width, height } : undefined;
}

function wrong(path: string, message: string): AppError {
  return new AppError("invalid", "this cannot be what is in the file", {
    errors: [{ path, message }],
  });
}
