/** Holds SECURITY.md to its word: each check has a test, and each test that it names is there. */
import assert from "node:assert/strict";

const ROOT = new URL("../", import.meta.url);

/** Those of files, previews and the page's own text come with what they are about. */
const CHECKS = [...range(1, 46), ...range(49, 53)];

type Row = { check: number; shown: { file: string; name: string }[] };

/** Rows such as: | 12 | what holds | `tests/chat/outbound_test.ts`: what the test is called | */
export function readRows(markdown: string): Row[] {
  return [...markdown.matchAll(/^\| *(\d+) *\|[^|]*\|([^|]*)\|$/gm)].map((
    [, check, shown = ""],
  ) => ({
    check: Number(check),
    shown: shown.split("<br>").map((part) => {
      const [, file = "", name = ""] = /^\s*`([^`]+)`: (.+?)\s*$/.exec(part) ?? [];
      return { file, name };
    }),
  }));
}

async function problemsOf(rows: readonly Row[]): Promise<string[]> {
  const problems: string[] = [];
  for (const check of CHECKS) {
    const found = rows.filter((row) => row.check === check);
    if (found.length !== 1) problems.push(`${check}: ${found.length} rows`);
  }
  for (const { check, shown } of rows) {
    for (const { file, name } of shown) {
      const text = await Deno.readTextFile(new URL(file, ROOT)).catch(() => "");
      if (!/^tests\/.+\.ts$/.test(file) || name.length < 8 || !namesTest(text, name)) {
        problems.push(`${check}: there is no test "${name}" in "${file}"`);
      }
    }
  }
  return problems;
}

/** Tests are called by texts, of which the table may have the beginning; a comment shows nothing. */
function namesTest(source: string, name: string): boolean {
  const code = source.replace(/^\s*(\/\/|\/?\*).*$/gm, "");
  const texts = code.match(/"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/g) ?? [];
  return texts.some((text) => text.includes(name));
}

Deno.test("SECURITY.md names a test for each check, and each test that it names is there", async () => {
  const rows = readRows(await Deno.readTextFile(new URL("SECURITY.md", ROOT)));
  assert.deepEqual(await problemsOf(rows), []);
});

Deno.test("a check without a row, without a test, or with one that is gone is a problem", async () => {
  const rows = CHECKS.map((check) => ({
    check,
    shown: [{ file: "tests/security_test.ts", name: "is a problem" }],
  }));
  assert.deepEqual(await problemsOf(rows), []);
  assert.match((await problemsOf(rows.slice(1)))[0] ?? "", /^1: 0 rows$/);
  const gone = [{ file: "tests/security_test.ts", name: "nobody wrote" + " this" }];
  assert.match((await problemsOf([{ check: 1, shown: gone }, ...rows.slice(1)]))[0] ?? "", /^1: /);
  const comment = [{ file: "tests/security_test.ts", name: "a comment shows" + " nothing" }];
  assert.match(
    (await problemsOf([{ check: 1, shown: comment }, ...rows.slice(1)]))[0] ?? "",
    /^1: /,
  );
  const bare = readRows("| 1 | what holds | |\n").concat(rows.slice(1));
  assert.match((await problemsOf(bare))[0] ?? "", /^1: there is no test/);
});

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, n) => first + n);
}
