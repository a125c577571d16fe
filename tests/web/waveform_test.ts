import assert from "node:assert/strict";
import { barsOf, loudness, waveformOf } from "../../web/waveform.ts";

Deno.test("waveformOf has a byte for each part of a recording, and the loudest is 255", () => {
  const samples = Float32Array.from({ length: 6_400 }, (_, at) => at < 3_200 ? 0.1 : -0.2);
  const bytes = [...atob(waveformOf(samples))].map((character) => character.charCodeAt(0));
  assert.equal(bytes.length, 64);
  assert.deepEqual(new Set(bytes.slice(0, 32)), new Set([128]));
  assert.deepEqual(new Set(bytes.slice(32)), new Set([255]));
});

Deno.test("waveformOf and loudness take silence, and next to nothing", () => {
  assert.equal(loudness(new Float32Array()), 0);
  for (const length of [0, 1, 63, 65]) {
    const waveform = waveformOf(new Float32Array(length));
    assert.equal(atob(waveform), "\0".repeat(64), `${length} samples`);
  }
});

Deno.test("barsOf has as many bars as asked for, whatever somebody sent", () => {
  const waveform = btoa(String.fromCharCode(0, 51, 102, 255));
  assert.deepEqual(barsOf(waveform, 4), [0.06, 0.2, 0.4, 1]);
  assert.deepEqual(barsOf(waveform, 2), [0.2, 1]);
  assert.deepEqual(barsOf(waveform, 8), [0.06, 0.06, 0.2, 0.2, 0.4, 0.4, 1, 1]);
  for (const none of [undefined, "", "no base64!"]) assert.deepEqual(barsOf(none, 2), [0.06, 0.06]);
});
