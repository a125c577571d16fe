import type { ByteSource } from "../byte_source.ts";
import { letters, uint32le } from "./integers.ts";
import type { SourceReader } from "./source_reader.ts";
import { checkSvg } from "./svg.ts";
import { checkUnpacked } from "./unpacked.ts";
import { checkZip } from "./zip.ts";

/**
 * Looks for what would hurt whoever opens the file after they have saved it.
 * @throws AppError `unsupported`, `too-large`
 */
export async function checkInside(
  source: ByteSource,
  reader: SourceReader,
  type: string,
): Promise<void> {
  if (type === "image/svg+xml") return await checkSvg(source);
  const start = letters(await reader.upTo(0, 4), 0, 4);
  // Office documents, programs for Java and Android, and books are archives as well.
  if (start === "PK\x03\x04" || start === "PK\x05\x06") return await checkZip(source);
  if (start.startsWith("\x1f\x8b") && source.size >= 18) {
    // Of its last part, without what is over 4 GiB: more than that nobody knows who has not unpacked it.
    checkUnpacked("archive", uint32le(await reader.at(source.size - 4, 4), 0), source.size);
  }
}
