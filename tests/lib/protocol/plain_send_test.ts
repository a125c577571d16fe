import assert from "node:assert/strict";
import fc from "fast-check";
import { LIMITS } from "../../../lib/protocol/codes.ts";
import { ClientFrames } from "../../../lib/protocol/frames.ts";
import { readPlainSend } from "../../../lib/protocol/plain_send.ts";

const schema = ClientFrames["message.send"];

const plain = fc.record({
  type: fc.constant("message.send"),
  ref: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  conversation: fc.uuid(),
  clientId: fc.uuid(),
  kind: fc.constant("text"),
  text: fc.string({ unit: "binary", minLength: 1, maxLength: 40 }).map((text) =>
    text.replaceAll("\0", "x")
  ),
});

/** Values that a field may hold by mistake or by malice. */
const strange = fc.oneof(
  fc.anything(),
  fc.string({ unit: "binary-ascii" }),
  fc.constantFrom<unknown>(
    0,
    -1,
    1.5,
    2 ** 53,
    NaN,
    "",
    "\0",
    "a\ud800",
    "x".repeat(LIMITS.textCharacters),
    "x".repeat(LIMITS.textCharacters + 1),
    "👋".repeat(LIMITS.textCharacters),
    "019AA5D1-6B4B-7000-8000-0123456789AB",
    null,
    undefined,
    [],
    {},
  ),
);

const spoilt = fc.tuple(
  plain,
  fc.constantFrom(
    "type",
    "ref",
    "conversation",
    "clientId",
    "kind",
    "text",
    "replyTo",
    "__proto__",
    "x",
  ),
  strange,
).map(([frame, field, value]) => JSON.parse(JSON.stringify({ ...frame, [field]: value })));

Deno.test("readPlainSend reads every plain frame as its schema does", () => {
  fc.assert(fc.property(plain, (frame) => {
    assert.deepEqual(readPlainSend(frame), schema.parse(frame));
  }));
});

Deno.test("readPlainSend takes nothing that the schema refuses, and reads nothing differently", () => {
  fc.assert(
    fc.property(spoilt, (raw) => {
      const read = readPlainSend(raw);
      if (read !== undefined) assert.deepEqual(read, schema.parse(raw));
    }),
    { numRuns: 5_000 },
  );
});

Deno.test("readPlainSend leaves whatever is rare to the schema", () => {
  const [frame] = fc.sample(plain, 1);
  assert.equal(readPlainSend({ ...frame, replyTo: 1 }), undefined);
  const { ref: _, ...withoutRef } = frame ?? {};
  assert.equal(readPlainSend(withoutRef), undefined);
});
