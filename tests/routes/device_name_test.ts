import assert from "node:assert/strict";
import * as fc from "fast-check";
import { deviceNameOf } from "../../routes/device_name.ts";

const known: [string, string][] = [
  [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Firefox on Windows",
  ],
  [
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
    "Chrome on Linux",
  ],
  [
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
    "Safari on iOS",
  ],
  [
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15",
    "Safari on macOS",
  ],
  [
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36",
    "Chrome on Android",
  ],
];
for (const [header, name] of known) {
  Deno.test(`deviceNameOf says ${name}`, () => assert.equal(deviceNameOf(header), name));
}

Deno.test("deviceNameOf says nothing where nothing can be said", () => {
  for (const header of [undefined, "", " ", "/", "()", "<script>", "\u202e"]) {
    assert.doesNotMatch(deviceNameOf(header), /[<>()/\u202e]/);
  }
  assert.equal(deviceNameOf(undefined), "");
  assert.equal(deviceNameOf(""), "");
});

/** Milliseconds for any header, which takes well below one: what goes back again and again takes hours. */
const QUICK = 2_000;

Deno.test("deviceNameOf never fails, takes no time and says no more than a line, whatever it is told", () => {
  const pieces = [
    "Mozilla/5.0 (",
    "Firefox/",
    "Android ",
    ";",
    " ",
    "(",
    ")",
    "/",
    "\t",
    "\0",
    "é",
    "Chrome/1 ",
  ];
  const header = fc.oneof(
    fc.string({ maxLength: 4_000, unit: "binary" }),
    fc.array(fc.constantFrom(...pieces), { maxLength: 2_000 }).map((parts) => parts.join("")),
    // What makes an expression go back again and again.
    fc.tuple(fc.constantFrom(...pieces), fc.nat(20_000)).map(([piece, times]) =>
      piece.repeat(times)
    ),
  );
  fc.assert(
    fc.property(header, (text) => {
      const begun = performance.now();
      const name = deviceNameOf(text);
      assert.ok(performance.now() - begun < QUICK, `${performance.now() - begun} ms`);
      assert.match(name, /^[\p{Letter}\p{Number} ._+-]{0,120}$/u);
    }),
    { numRuns: 500 },
  );
});
