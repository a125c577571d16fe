import * as z from "zod";
import { Presence } from "../protocol/model.ts";
import type { Envelope } from "./bus.ts";

/** An envelope on its way, by whom it was published, and which of theirs it is. */
export type Parcel = { publisher: string; number: number; envelope: Envelope };

const encoder = new TextEncoder();
// A byte order mark would be part of what somebody wrote.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

// Ids are not checked once more: what comes here was made by nodes.
const Text = z.string();
const Audience = z.union([
  z.literal("all"),
  z.object({ users: z.array(Text), group: z.literal(true).exactOptional() }),
]);
const Pairs = <T extends z.ZodType>(second: T) => z.array(z.tuple([Text, second]));

/** What stands in front of the frame, which is carried as it is: nobody reads it on the way. */
const Heading = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("log"),
    conversation: Text,
    seq: z.int(),
    rev: z.int(),
    membersRev: z.int(),
    audience: Audience,
    came: z.array(Text).exactOptional(),
    spare: Text.exactOptional(),
  }),
  z.object({
    kind: z.literal("members"),
    conversation: Text,
    membersRev: z.int(),
    audience: Audience,
  }),
  z.object({ kind: z.literal("people"), users: z.array(Text) }),
  z.object({ kind: z.literal("session-ended"), session: Text, reason: Text }),
  z.object({
    kind: z.literal("presence"),
    changes: z.array(Presence.extend({ version: Text })),
  }),
  z.object({ kind: z.literal("relation"), between: z.tuple([Text, Text]) }),
  z.object({
    kind: z.literal("digest"),
    origin: Text,
    epoch: Text,
    number: z.int(),
    revs: Pairs(z.int()),
    came: Pairs(Text),
  }),
]);

/** Three lines: publisher and number, what it is, and the frame where there is one. */
export function encodeParcel({ publisher, number, envelope }: Parcel): Uint8Array {
  if (!("frame" in envelope)) {
    return encoder.encode(`${publisher} ${number}\n${JSON.stringify(envelope)}`);
  }
  const { frame, ...heading } = envelope;
  return encoder.encode(`${publisher} ${number}\n${JSON.stringify(heading)}\n${frame}`);
}

/**
 * @param isNew whether it is one that has not been heard: of a copy no more is read than that
 * @throws where it is none
 */
export function decodeParcel(
  bytes: Uint8Array,
  isNew: (publisher: string, number: number) => boolean,
): Envelope | undefined {
  const text = decoder.decode(bytes);
  const [first, second] = lineEnds(text);
  const [publisher = "", number] = text.slice(0, first).split(" ");
  if (!isNew(publisher, Number(number))) return undefined;
  const heading = Heading.parse(JSON.parse(text.slice(first + 1, second)));
  switch (heading.kind) {
    case "log":
    case "members":
    case "people":
      return { ...heading, frame: text.slice(second + 1) };
    default:
      return heading;
  }
}

function lineEnds(text: string): [number, number] {
  const first = text.indexOf("\n");
  const second = text.indexOf("\n", first + 1);
  return [first, second < 0 ? text.length : second];
}
