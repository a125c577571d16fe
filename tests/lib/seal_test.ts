import assert from "node:assert/strict";
import { createSeal } from "../../lib/seal.ts";

const SECRET = "b6f1c0de77a94e0d8f5a3c21904be7d6";
const OLD = "0f4d6b1e9a7c4d2f8e3b5a6c7d8e9f01";

Deno.test("createSeal opens what it closed, beside what it belongs to and unchanged alone", () => {
  const seal = createSeal("mail", SECRET);
  const text = "your code is 271828, 你好 \u{1f600}";
  const sealed = seal.close(text, "one");
  assert.equal(seal.open(sealed, "one"), text);
  assert.equal(seal.open(seal.close("", ""), ""), "");
  assert.equal(seal.open(sealed, "other"), undefined);
  for (let n = 0; n < sealed.length; n++) {
    const changed = sealed.slice();
    changed[n] = (changed[n] ?? 0) ^ 1;
    assert.equal(seal.open(changed, "one"), undefined, `byte ${n}`);
  }
  for (const length of [0, 1, 12, 27, 28, sealed.length - 1]) {
    assert.equal(seal.open(sealed.slice(0, length), "one"), undefined, `${length} bytes`);
  }
});

Deno.test("createSeal shows nothing of a text, and closes it differently each time", () => {
  const seal = createSeal("mail", SECRET);
  const [one, other] = [seal.close("271828", "id"), seal.close("271828", "id")];
  assert.notDeepEqual(one, other);
  assert.ok(!new TextDecoder("latin1").decode(one).includes("271828"));
});

Deno.test("createSeal opens what another secret or another use closed only where it has that", () => {
  const old = createSeal("mail", OLD).close("text", "id");
  assert.equal(createSeal("mail", SECRET).open(old, "id"), undefined);
  assert.equal(createSeal("mail", SECRET, OLD).open(old, "id"), "text");
  assert.equal(createSeal("other", OLD).open(old, "id"), undefined);
});
