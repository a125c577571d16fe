import assert from "node:assert/strict";
import { isTooDeep } from "../../lib/json_depth.ts";

const nested = (depth: number, open = "[", close = "]") => open.repeat(depth) + close.repeat(depth);

const cases: Record<string, [text: string, tooDeep: boolean]> = {
  "32 lists": [nested(32), false],
  "33 lists": [nested(33), true],
  "33 objects": [nested(33, '{"a":', "}"), true],
  "lists and objects that are 32 together": [nested(16, '[{"a":', "}]"), false],
  "lists and objects that are 34 together": [nested(17, '[{"a":', "}]"), true],
  "many beside one another": [`[${Array.from({ length: 1_000 }, () => "[{}]").join()}]`, false],
  "many beside one another, and one too deep": [`[${"[],".repeat(1_000)}${nested(32)}]`, true],
  "brackets in a text": [JSON.stringify({ text: "[".repeat(1_000) }), false],
  "brackets behind a quote in a text": [JSON.stringify({ text: `"${"[".repeat(1_000)}` }), false],
  "brackets behind a backslash": [`["\\\\",${nested(32)}]`, true],
  "too deep and not JSON": ["{".repeat(1_000), true],
  "nothing": ["", false],
};

for (const [what, [text, tooDeep]] of Object.entries(cases)) {
  Deno.test(`isTooDeep says ${tooDeep} of ${what}`, () => assert.equal(isTooDeep(text), tooDeep));
}
