import assert from "node:assert/strict";
import { oneLine, text } from "../../../lib/protocol/text.ts";

function takes(bounds: { min?: number; max: number }, value: unknown): boolean {
  return text(bounds).safeParse(value).success;
}

Deno.test("text counts code points at its upper bound", () => {
  assert.ok(takes({ max: 3 }, "👋👋👋"));
  assert.ok(!takes({ max: 3 }, "👋👋👋👋"));
  assert.ok(takes({ max: 3 }, "a👋b"));
  assert.ok(!takes({ max: 3 }, "abcd"));
  assert.ok(!takes({ max: 3 }, "x".repeat(1_000_000)));
});

Deno.test("text counts code points at its lower bound", () => {
  assert.ok(takes({ min: 2, max: 8 }, "👋👋"));
  assert.ok(!takes({ min: 2, max: 8 }, "👋"));
  assert.ok(takes({ min: 0, max: 8 }, ""));
  assert.ok(takes({ max: 8 }, ""));
});

Deno.test("text refuses what PostgreSQL or JSON cannot carry", () => {
  for (const bad of ["\0", "a\0b", "\ud800", "a\udfffb", "\udc00\ud800"]) {
    assert.ok(!takes({ max: 8 }, bad), JSON.stringify(bad));
  }
  for (const bad of [1, null, undefined, {}, ["a"]]) assert.ok(!takes({ max: 8 }, bad));
  assert.ok(takes({ max: 8 }, "\u0001\uFFFF\u{10FFFF}"));
});

Deno.test("oneLine refuses what ends a line, cannot be seen, or turns what stands around it", () => {
  const takesLine = (value: string) => oneLine({ max: 8 }).safeParse(value).success;
  const refused = [
    "a\nb",
    "\r",
    "\t",
    "\u0085",
    "\u009b1m",
    "\u061c",
    "\u200f",
    "\u2028",
    "\u202ea",
  ];
  for (const bad of [...refused, "\u2067", "\u2069", "\ud800", "123456789"]) {
    assert.ok(!takesLine(bad), JSON.stringify(bad));
  }
  for (const good of ["", "Ann's 📱", "安的手机", "טלפון", " a b "]) {
    assert.ok(takesLine(good), good);
  }
});
