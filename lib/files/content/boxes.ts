import { letters, uint32 } from "./integers.ts";
import type { SourceReader } from "./source_reader.ts";

/** A part of a file of MP4's family: its length, the four letters of its name, and what is in it. */
export interface Box {
  readonly type: string;
  readonly start: number;
  readonly body: number;
  readonly end: number;
}

const MOST_BOXES = 100_000;

/** Not `whole` where none begins before the end: what is left is no box, or there are too many. */
export async function readBoxes(
  reader: SourceReader,
  start: number,
  end: number,
): Promise<{ boxes: Box[]; whole: boolean }> {
  const boxes: Box[] = [];
  for (let position = start; position < end;) {
    const head = await reader.upTo(position, 16);
    const box = boxAt(head, position, end);
    if (box === undefined || boxes.length === MOST_BOXES) return { boxes, whole: false };
    boxes.push(box);
    position = box.end;
  }
  return { boxes, whole: true };
}

function boxAt(head: Uint8Array, start: number, most: number): Box | undefined {
  if (head.length < 8) return undefined;
  const short = uint32(head, 0);
  const type = letters(head, 4, 4);
  if (short === 1 && head.length < 16) return undefined;
  const length = short === 0
    ? most - start
    : short === 1
    ? uint32(head, 8) * 2 ** 32 + uint32(head, 12)
    : short;
  const body = start + (short === 1 ? 16 : 8);
  const end = start + length;
  return end < body || end > most ? undefined : { type, start, body, end };
}
