import { AppError } from "../../../errors.ts";
import type { ByteSource } from "../../byte_source.ts";
import { EndsEarly } from "../source_reader.ts";
import { walkGif } from "./gif.ts";
import { walkHeif } from "./heif.ts";
import { walkJpeg } from "./jpeg.ts";
import { broken, type Picture } from "./picture.ts";
import { walkPng } from "./png.ts";
import { walkWebp } from "./webp.ts";

/** Uncompressed, the largest picture is smaller: walking through more is work for nothing. */
const MOST_BYTES = 512 * 1024 * 1024;

const WALKERS: Readonly<Record<string, { format: string; walk: Walk }>> = {
  "image/avif": { format: "AVIF", walk: walkHeif },
  "image/heic": { format: "HEIC", walk: walkHeif },
  "image/heic-sequence": { format: "HEIC", walk: walkHeif },
  "image/heif": { format: "HEIF", walk: walkHeif },
  "image/heif-sequence": { format: "HEIF", walk: walkHeif },
  "image/gif": { format: "GIF", walk: walkGif },
  "image/jpeg": { format: "JPEG", walk: walkJpeg },
  "image/png": { format: "PNG", walk: walkPng },
  "image/webp": { format: "WebP", walk: walkWebp },
};
type Walk = (source: ByteSource) => Promise<Picture>;

/**
 * Undefined for what is no picture that is looked into.
 * @throws AppError `unsupported` when it is not what it begins as, `too-large`
 */
export async function walkPicture(source: ByteSource, type: string): Promise<Picture | undefined> {
  const walker = Object.hasOwn(WALKERS, type) ? WALKERS[type] : undefined;
  if (walker === undefined) return undefined;
  if (source.size > MOST_BYTES) {
    const most = MOST_BYTES / 1024 / 1024;
    throw new AppError("too-large", `the picture has ${source.size} bytes; at most ${most} MiB`);
  }
  try {
    return await walker.walk(source);
  } catch (error) {
    if (error instanceof EndsEarly) throw broken(walker.format, "it ends in the middle");
    throw error;
  }
}
