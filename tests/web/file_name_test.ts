import assert from "node:assert/strict";
import { FileName } from "../../lib/protocol/requests.ts";
import { fileName } from "../../web/uploads/file_name.ts";

Deno.test("fileName makes of any name one that the server takes", () => {
  const cases: Record<string, string> = {
    "holiday.jpg": "holiday.jpg",
    " 报告.pdf ": "报告.pdf",
    "a/b\\c.txt": "a_b_c.txt",
    "": "file",
    "..": "file",
    "  ": "file",
    "one\ntwo\u0000.txt": "onetwo.txt",
    "evil\u202Egpj.exe": "evilgpj.exe",
    [`${"x".repeat(300)}.tar`]: `${"x".repeat(251)}.tar`,
    ["😀".repeat(300)]: "😀".repeat(255),
    [`a.${"x".repeat(300)}`]: `a.${"x".repeat(253)}`,
    ["a\ud800b"]: "a\ufffdb",
  };
  for (const [own, wanted] of Object.entries(cases)) {
    assert.equal(fileName(own), wanted);
    assert.ok(FileName.safeParse(fileName(own)).success, JSON.stringify(own));
  }
});
