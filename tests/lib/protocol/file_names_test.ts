/** A file's name is shown to people, and written by programs into folders: it is a name there, and no more. */
import assert from "node:assert/strict";
import { FileName } from "../../../lib/protocol/requests.ts";

const REFUSED: Readonly<Record<string, readonly [string, RegExp]>> = {
  "a path upwards": ["../../etc/passwd", /^must not contain \/ or \\$/],
  "a path of Windows": ["C:\\Windows\\x.dll", /^must not contain \/ or \\$/],
  "a path from the root": ["/etc/passwd", /^must not contain \/ or \\$/],
  "a folder in it": ["a/b", /^must not contain \/ or \\$/],
  "the folder itself": [".", /^must not be \. or \.\.$/],
  "the folder above": ["..", /^must not be \. or \.\.$/],
  "nothing": ["", /^must not be empty$/],
  "nothing but space": [" \u3000", /^must not be empty$/],
  "letters that turn what follows": ["photo\u202egpj.exe", /control characters/],
  "letters that isolate": ["photo\u2067.exe", /control characters/],
  "an end of a line": ["a\r\nContent-Type: text/html", /control characters/],
  "a line of Unicode": ["a\u2028b", /control characters/],
  "a bell": ["a\x07", /control characters/],
  "a zero": ["a.png\0.exe", /^must not contain U\+0000$/],
  "half a letter": ["a\ud800", /lone surrogate/],
  "too many letters": ["a".repeat(256), /^must have at most 255 characters$/],
};
for (const [what, [name, message]] of Object.entries(REFUSED)) {
  Deno.test(`FileName refuses ${what}`, () => {
    const problems = FileName.safeParse(name).error?.issues.map((issue) => issue.message) ?? [];
    assert.ok(problems.some((problem) => message.test(problem)), problems.join("; "));
  });
}

Deno.test("FileName takes what people call their files", () => {
  const names = [
    "holiday.jpg",
    "…",
    ".profile",
    "a..b",
    "Rechnung (2).pdf",
    "图片 😀.png",
    "a".repeat(255),
  ];
  for (const name of names) assert.equal(FileName.parse(name), name);
});
