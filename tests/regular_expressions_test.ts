/**
 * No regular expression takes long over what a stranger sends: each that runs in a server is taken
 * from the code, and tried on texts that repeat what it looks for, and then end otherwise. One that
 * tries a text in more than a few ways takes seconds for the longest of these.
 */
import assert from "node:assert/strict";

const FOLDERS = ["lib", "routes", "chat", "verify", "status"];
/** Characters: one that takes quadratic time makes 64 million steps of this. */
const LENGTH = 8_192;
/** Milliseconds; a linear one takes far less than one, also on a machine that does other things. */
const WITHIN = 60;

type Found = { file: string; pattern: string; flags: string };

function* sources(folder: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) yield* sources(path);
    else if (name.endsWith(".ts")) yield path;
  }
}

/** Those that are written as such, by the parser of the linter. */
function find(file: string, text: string): Found[] {
  const found: Found[] = [];
  Deno.lint.runPlugin(
    {
      name: "find",
      rules: {
        "regular-expressions": {
          create: () => ({
            Literal: (node) => {
              const regex = "regex" in node ? node.regex : undefined;
              if (regex?.pattern) found.push({ file, pattern: regex.pattern, flags: regex.flags });
            },
          }),
        },
      },
    },
    file,
    text,
  );
  return found;
}

/** Characters that the pattern names, and one of each kind that it may mean. */
function alphabet({ pattern }: Found): string[] {
  const named = pattern.replaceAll(/\\[dDwWsSbBpPu](\{[^}]*\})?/g, "").match(/[^\\()[\]{}|^$?*+]/g);
  return [...new Set([...(named ?? []), "a", "0", " ", "-", ":"])].slice(0, 16);
}

/** Pieces to repeat, and ends that do not fit. */
function texts(found: Found): Generator<string> {
  const letters = alphabet(found);
  const pieces = letters.flatMap((one) => [one, ...letters.map((other) => one + other)]);
  const starts = ["", found.pattern.replaceAll(/[\\^$]|\(\?[:=!<]*|[()?*+]/g, "").slice(0, 20)];
  return (function* () {
    // The short ones first: what doubles with each character would never end with the long ones.
    for (const length of [20, 26, LENGTH]) {
      for (const piece of new Set(pieces)) {
        const pumped = piece.repeat(Math.ceil(length / piece.length));
        for (const start of starts) yield `${start}${pumped}\u0000`;
      }
    }
  })();
}

/** The longest that one of the texts takes. */
function slowest(found: Found): { ms: number; text: string } {
  const expression = new RegExp(found.pattern, found.flags);
  let worst = { ms: 0, text: "" };
  for (const text of texts(found)) {
    const time = () => {
      expression.lastIndex = 0;
      const began = performance.now();
      expression.test(text);
      return performance.now() - began;
    };
    let ms = time();
    // The machine may have done something else meanwhile.
    for (let again = 0; ms > WITHIN && again < 2; again++) ms = Math.min(ms, time());
    if (ms > worst.ms) worst = { ms, text: text.slice(0, 40) };
    if (worst.ms > WITHIN) break;
  }
  return worst;
}

const all = FOLDERS.flatMap((folder) => [...sources(folder)])
  // What the operator sets is no stranger's.
  .filter((file) => file !== "lib/config.ts")
  .flatMap((file) => find(file, Deno.readTextFileSync(file)));

Deno.test("the regular expressions are found", () => {
  const files = new Set(all.map(({ file }) => file));
  for (const file of ["routes/signed_in.ts", "lib/http/json_only.ts", "lib/protocol/model.ts"]) {
    assert.ok(files.has(file), file);
  }
});

Deno.test("no regular expression is made of what is not written in the code", () => {
  for (const file of FOLDERS.flatMap((folder) => [...sources(folder)])) {
    // Looks through descriptions that are written in the code as well.
    if (file === "routes/openapi/page.ts") continue;
    assert.ok(!/new RegExp\(|[^.\w]RegExp\(/.test(Deno.readTextFileSync(file)), file);
  }
});

Deno.test("one that tries a text in many ways is noticed", () => {
  for (const pattern of ["^(a+)+$", "^(x|x)*y"]) {
    assert.ok(slowest({ file: "", pattern, flags: "" }).ms > WITHIN, pattern);
  }
});

for (const { file, pattern, flags } of all) {
  Deno.test(`/${pattern}/${flags} of ${file} takes linear time`, () => {
    const { ms, text } = slowest({ file, pattern, flags });
    assert.ok(ms <= WITHIN, `${ms.toFixed(0)} ms for ${JSON.stringify(text)} …`);
  });
}
