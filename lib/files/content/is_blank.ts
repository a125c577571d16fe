import type { SourceReader } from "./source_reader.ts";

/** Whether there is nothing but zeros: what was left out of a file before needs it no more. */
export async function isBlank(reader: SourceReader, start: number, end: number): Promise<boolean> {
  for (let position = start; position < end;) {
    const bytes = (await reader.upTo(position, 1)).subarray(0, end - position);
    if (bytes.some((byte) => byte !== 0)) return false;
    position += bytes.length;
  }
  return true;
}
