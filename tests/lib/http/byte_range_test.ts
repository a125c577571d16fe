import assert from "node:assert/strict";
import fc from "fast-check";
import { selectBytes } from "../../../lib/http/byte_range.ts";

const ETAG = '"5e1f"';

function select(size: number, asked: Partial<Parameters<typeof selectBytes>[0]>) {
  const nothing = { range: undefined, ifRange: undefined, ifNoneMatch: undefined };
  const selected = selectBytes({ ...nothing, ...asked }, size, ETAG);
  return selected.kind === "part"
    ? `${selected.range.start} to ${selected.range.end}`
    : selected.kind;
}

Deno.test("selectBytes reads one range as RFC 9110 has it, and passes over what is none", () => {
  const ranges: [string, string][] = [
    ["bytes=0-0", "0 to 1"],
    ["bytes=0-", "0 to 100"],
    ["bytes=10-19", "10 to 20"],
    ["BYTES= 10-19 ", "10 to 20"],
    ["bytes=90-1000", "90 to 100"],
    ["bytes=99-99", "99 to 100"],
    ["bytes=-1", "99 to 100"],
    ["bytes=-1000", "0 to 100"],
    [`bytes=5-${"9".repeat(400)}`, "5 to 100"],
    ["bytes=100-", "none"],
    ["bytes=100-200", "none"],
    [`bytes=${"9".repeat(400)}-`, "none"],
    ["bytes=-0", "none"],
    // Several, backwards, of another unit, and none at all.
    ["bytes=0-1,3-4", "whole"],
    ["bytes=20-10", "whole"],
    ["bytes=-", "whole"],
    ["bytes=a-b", "whole"],
    ["bytes=1.5-3", "whole"],
    ["bytes 1-3", "whole"],
    ["lines=1-3", "whole"],
    ["", "whole"],
  ];
  for (const [range, expected] of ranges) assert.equal(select(100, { range }), expected, range);
  assert.equal(select(100, {}), "whole");
  assert.equal(select(0, { range: "bytes=0-" }), "none");
  assert.equal(select(0, { range: "bytes=-5" }), "whole");
});

Deno.test("selectBytes gives a part only of what the other parts are of", () => {
  const range = "bytes=0-9";
  assert.equal(select(100, { range, ifRange: ETAG }), "0 to 10");
  for (const ifRange of ['"other"', `W/${ETAG}`, "Sat, 21 Nov 2026 23:39:42 GMT", ""]) {
    assert.equal(select(100, { range, ifRange }), "whole", ifRange);
  }
});

Deno.test("selectBytes sends nothing to who has it already, whatever range they ask for", () => {
  for (const ifNoneMatch of [ETAG, `W/${ETAG}`, `"a", ${ETAG}`, `W/"a",${ETAG} `, "*"]) {
    assert.equal(select(100, { ifNoneMatch, range: "bytes=0-9" }), "unchanged", ifNoneMatch);
  }
  for (const ifNoneMatch of ['"other"', "5e1f", "", "**"]) {
    assert.equal(select(100, { ifNoneMatch }), "whole", ifNoneMatch);
  }
});

Deno.test("selectBytes never leaves what there is, whatever is asked", () => {
  const text = fc.stringMatching(/^bytes=[-0-9, ]{0,20}$/);
  fc.assert(fc.property(text, fc.nat(1000), (range, size) => {
    const nothing = { ifRange: undefined, ifNoneMatch: undefined };
    const selected = selectBytes({ range, ...nothing }, size, ETAG);
    if (selected.kind !== "part") return true;
    const { start, end } = selected.range;
    return 0 <= start && start < end && end <= size;
  }));
});
