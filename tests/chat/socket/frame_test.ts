import assert from "node:assert/strict";
import { frameText } from "../../../chat/socket/frame.ts";

/** The payload's text, read as RFC 6455 section 5.2 says. (tests/contract/ has a real client read.) */
function read(frame: Uint8Array): string {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  assert.equal(view.getUint8(0), 0x81, "a final text frame, no reserved bit");
  const short = view.getUint8(1);
  assert.ok(short < 0x80, "a server masks nothing");
  const head = short < 126 ? 2 : short === 126 ? 4 : 10;
  const length = short < 126
    ? short
    : short === 126
    ? view.getUint16(2)
    : Number(view.getBigUint64(2));
  assert.ok(short !== 126 || length > 125, "the shortest form that fits");
  assert.ok(short !== 127 || length > 0xffff, "the shortest form that fits");
  assert.equal(frame.length, head + length);
  return new TextDecoder("utf-8", { fatal: true }).decode(frame.subarray(head));
}

Deno.test("frameText says every length in its shortest form", () => {
  for (const length of [0, 1, 125, 126, 127, 65_535, 65_536, 300_000]) {
    const text = "x".repeat(length);
    assert.equal(read(frameText(text)), text);
  }
});

Deno.test("frameText counts bytes, not characters", () => {
  for (const text of ["你".repeat(42), "你".repeat(21_845), "👋🏽 and a \u0000"]) {
    assert.equal(read(frameText(text)), text);
  }
  assert.equal(frameText("你").length, 2 + 3);
});
