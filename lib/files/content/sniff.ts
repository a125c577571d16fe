import { fileTypeFromBuffer } from "file-type";
import { readBoxes } from "./boxes.ts";
import { letters, uint32 } from "./integers.ts";
import { markupType } from "./markup.ts";
import type { SourceReader } from "./source_reader.ts";
import { isText } from "./text.ts";

/** Nobody knows what it is. */
export const UNKNOWN = "application/octet-stream";

/** Bytes at the beginning that decide. What a format has further on is not needed to know it. */
const HEAD = 64 * 1024;

/** Formats that may have nothing in them but what people can read. */
const WRITTEN = new Set([
  ...["application/pdf", "application/rtf", "application/postscript", "application/eps"],
  ...["application/xml", "application/pgp-encrypted", "model/stl"],
]);

/** What the bytes are, whatever anybody calls them. */
export async function sniff(reader: SourceReader): Promise<string> {
  const head = (await reader.upTo(0, HEAD)).subarray(0, HEAD);
  if (head.length === 0) return UNKNOWN;
  const plain = pictureType(head) ?? markupType(head);
  if (plain !== undefined) return plain;
  const packaged = await packagedType(head);
  const isPicture = packaged === "video/mp4" && await isBoxedPicture(reader, head);
  const found = isPicture ? "image/heif" : packaged;
  if (!isText(head, head.length < reader.size)) return found ?? UNKNOWN;
  // Many formats are known by two letters, with which a text may begin as well.
  return found !== undefined && (found.startsWith("text/") || WRITTEN.has(found))
    ? found
    : "text/plain";
}

/** Those whose structure is walked: here, so that nothing that begins like them is called otherwise. */
function pictureType(head: Uint8Array): string | undefined {
  const start = letters(head, 0, 12);
  if (start.startsWith("\x89PNG\r\n\x1a\n")) return "image/png";
  if (start.startsWith("\xff\xd8\xff")) return "image/jpeg";
  if (start.startsWith("GIF87a") || start.startsWith("GIF89a")) return "image/gif";
  if (start.startsWith("RIFF") && start.endsWith("WEBP")) return "image/webp";
  return undefined;
}

/**
 * HEIF has a name for each way of coding, and there will be more. All of them say that they are the same
 * in their list of names; and none is a film.
 */
async function isBoxedPicture(reader: SourceReader, head: Uint8Array): Promise<boolean> {
  const brands = letters(head, 8, Math.min(uint32(head, 0), 256) - 8);
  if (letters(head, 4, 4) !== "ftyp" || !/^(?:.{4})*?(?:mif1|heic|avif)/s.test(brands)) {
    return false;
  }
  const types = (await readBoxes(reader, 0, reader.size)).boxes.map(({ type }) => type);
  return types.includes("meta") && !types.includes("moov");
}

/** It may inflate a list of what is in an office file, up to a mebibyte, and nothing else. */
async function packagedType(head: Uint8Array<ArrayBuffer>): Promise<string | undefined> {
  try {
    // Without what it says of the coding of sound, which is not a type's.
    return (await fileTypeFromBuffer(head))?.mime.split(";", 1)[0];
  } catch {
    // What it cannot read to the end is nothing that it knows.
    return undefined;
  }
}
