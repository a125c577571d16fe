/** What somebody has to show who says that they have a file: some of its bytes, from a place left to chance. */
import { createHash, randomInt } from "node:crypto";
import type { Id } from "../protocol/model.ts";
import type { ByteSource } from "./byte_source.ts";

/** Bytes. What is shorter could be guessed: it is uploaded. */
export const LEAST_BYTES = 1024;
/** More is asked for of nobody: it is read here for each that is shown. */
const ASKED_BYTES = 256 * 1024;

export function pickRange(size: number): { start: number; length: number } {
  const length = Math.min(size, ASKED_BYTES);
  return { start: randomInt(size - length + 1), length };
}

/** What the right answer to the challenge `id` is, in hex. */
export async function proofOf(
  id: Id,
  source: ByteSource,
  { start, length }: { start: number; length: number },
): Promise<string> {
  const hash = createHash("sha256").update(id);
  for await (const chunk of source.read(start, start + length)) hash.update(chunk);
  return hash.digest("hex");
}
