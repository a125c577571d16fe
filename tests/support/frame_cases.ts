/** Client frames that something happened to, and what the contract says has to come of each. */
import { isTooDeep } from "../../lib/json_depth.ts";
import { ClientFrames, type ClientFrameType } from "../../lib/protocol/frames.ts";
import { LIMITS } from "../../lib/protocol/codes.ts";
import type { Id } from "../../lib/protocol/model.ts";
import { exampleOf } from "./examples.ts";
import { fieldsOf, mutateBytes, mutateFields, writeFields } from "./mutate.ts";
import type { Random } from "./random.ts";

export type FrameCase = {
  readonly bytes: Uint8Array;
  readonly expected: Expected;
};

/**
 * The frame's one answer: by its `ref`, or with none (`null`), or as a `pong` without one; `maybe`
 * is for a frame without a `ref`, which is answered only if it is refused. Or the code by which the
 * connection is closed.
 */
export type Expected =
  | { by: "ref"; ref: number }
  | { by: "null" | "pong" | "maybe" }
  | { by: "close"; code: 1007 | 1009 };

const TYPES = Object.keys(ClientFrames) as ClientFrameType[];

/** @param ref a number that no other case has */
export function makeFrame(random: Random, ref: number, conversations: readonly Id[]): FrameCase {
  const text = writeFrame(random, ref, conversations);
  let bytes: Uint8Array = new TextEncoder().encode(text);
  if (random.chance(0.25)) {
    const other = new TextEncoder().encode(writeFrame(random, ref, conversations));
    bytes = mutateBytes(bytes, random, [other]);
  } else if (random.chance(0.005)) bytes = padded(bytes, LIMITS.frameBytes + random.below(3) - 1);
  return { bytes, expected: expect(bytes) };
}

function writeFrame(random: Random, ref: number, conversations: readonly Id[]): string {
  const type = random.pick(TYPES);
  const pool = {
    ref: [ref],
    conversation: [random.pick(conversations)],
    clientId: [random.uuid()],
    emoji: ["👍"],
    text: [`text of ${ref}`],
    replyTo: [1],
    before: [1 + random.below(50)],
    since: [random.below(50)],
    limit: [1 + random.below(20)],
    seq: [random.below(50)],
  };
  const fields = fieldsOf(exampleOf(ClientFrames[type], pool) as object)
    // Half of the frames do without some of what they may leave out; and few name files, since there
    // are none.
    .filter(([name]) => name === "ref" || random.chance(name === "attachments" ? 0.1 : 0.9));
  mutateFields(fields, random);
  return writeFields(fields);
}

/** White space in front: as long as it may be, or a byte longer, and a frame all the same. */
function padded(bytes: Uint8Array, length: number): Uint8Array {
  const whole = new Uint8Array(length).fill(0x20);
  whole.set(bytes.subarray(0, length), Math.max(0, length - bytes.length));
  return whole;
}

function expect(bytes: Uint8Array): Expected {
  if (bytes.length > LIMITS.frameBytes) return { by: "close", code: 1009 };
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return { by: "close", code: 1007 };
  }
  // Of the text: of two fields with one name the value has the last, however deep the first is.
  if (isTooDeep(text)) return { by: "null" };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { by: "null" };
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return { by: "null" };
  const { ref, type } = value as { ref?: unknown; type?: unknown };
  if (typeof ref === "number" && Number.isSafeInteger(ref) && ref > 0) return { by: "ref", ref };
  const schema = TYPES.find((name) => name === type);
  if (schema === undefined || !ClientFrames[schema].safeParse(value).success) return { by: "null" };
  return { by: schema === "ping" ? "pong" : "maybe" };
}
