import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { AppError } from "../../../../lib/errors.ts";
import { inspect } from "../../../../lib/files/content/inspect.ts";
import { type Bytes, int, joined, sourceOf } from "../../../support/byte_sources.ts";
import { refused } from "../../../support/refused_file.ts";
import { zip } from "../../../support/zips.ts";

const look = async (bytes: Bytes) => (await inspect(sourceOf(bytes), { name: "file" })).type;

type Code = "unsupported" | "too-large";

function refuses(bytes: Bytes, code: Code, message: RegExp): Promise<void> {
  return assert.rejects(look(bytes), refused(code, message));
}

const HEAD = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"';
const svg = (inside: string, attributes = "") => joined(`${HEAD} ${attributes}>${inside}</svg>`);

const ACTIVE: Readonly<Record<string, readonly [Bytes, RegExp]>> = {
  "a script": [svg("<script>alert(1)</script>"), /^the SVG has a script$/],
  "a script in capitals": [svg("<SCRIPT/>"), /^the SVG has a script$/],
  "a script by a prefix": [svg('<s:script xmlns:s="http://www.w3.org/2000/svg"/>'), /a script$/],
  "an event": [svg("", 'onload="alert(1)"'), /has a script \("onload"\)/],
  "a page within": [svg("<foreignObject/>"), /an element "foreignobject"/],
  "an element of a page": [svg('<b xmlns="http://www.w3.org/1999/xhtml"/>'), /an element "b"/],
  "a link that runs": [svg('<a xlink:href="javascript:alert(1)"/>'), /a link with "javascript:"/],
  "a link that hides that it runs": [
    svg('<a href="java&#10;script:alert(1)"/>'),
    /a link to something elsewhere/,
  ],
  "a link to data": [svg('<a href="data:text/html,hello"/>'), /a link with "data:"/],
  "another drawing within": [svg('<image href="data:image/svg+xml;base64,AA"/>'), /"data:"/],
  "a picture from elsewhere": [svg('<image href="https://example.org/a.png"/>'), /"https:"/],
  "a part from elsewhere": [svg('<use href="other.svg#a"/>'), /a link to something elsewhere/],
  "a style from elsewhere": [svg("<style>@import 'a.css';</style>"), /a style from elsewhere/],
  "a style after something in a style": [
    svg("<style><a/>@import 'a.css';</style>"),
    /a style from elsewhere/,
  ],
  "a font from elsewhere": [
    svg("<style><![CDATA[a{src:URL( 'https://example.org/a')}]]></style>"),
    /a style with something from elsewhere/,
  ],
  "a colour from elsewhere": [svg('<g fill="url(https://example.org/#a)"/>'), /from elsewhere/],
  "a style that is spelt otherwise": [svg('<g style="fill:\\75rl(//a)"/>'), /hides what it says/],
  "an animated link": [
    svg('<a><set attributeName="xlink:href" to="javascript:alert(1)"/></a>'),
    /an animation/,
  ],
  "a style sheet": [
    joined(`<?xml-stylesheet href="a.css"?>${HEAD}/>`),
    /a style sheet from elsewhere/,
  ],
  "entities": [
    joined(`<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>${HEAD}>&b;</svg>`),
    /a document type of its own/,
  ],
  "a file of the server": [
    joined(`<!DOCTYPE svg SYSTEM "file:///etc/passwd">${HEAD}/>`),
    /a document type of its own/,
  ],
  "an entity that nobody knows": [svg("&nbsp;"), /an error in it/],
  "an end that does not come": [joined(`${HEAD}>`), /an error in it/],
  "another encoding": [
    joined(`<?xml version="1.0" encoding="UTF-7"?>${HEAD}/>`),
    /the encoding UTF-7/,
  ],
  "letters in no encoding": [joined(`${HEAD}><text>`, [0xff], "</text></svg>"), /not in UTF-8/],
  "too many elements in one another": [svg("<g>".repeat(300) + "</g>".repeat(300)), /too many/],
  "too many attributes": [
    svg("", Array.from({ length: 2_000 }, (_, n) => `a${n}="1"`).join(" ")),
    /too many attributes/,
  ],
};
for (const [what, [bytes, message]] of Object.entries(ACTIVE)) {
  Deno.test(`inspect refuses a drawing with ${what}`, async () => {
    await refuses(bytes, "unsupported", message);
  });
}

Deno.test("inspect takes drawings as programs write them", async () => {
  const inkscape = `<?xml version="1.0" encoding="UTF-8" standalone="no"?>
    <!-- Created with Inkscape -->
    <!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">
    <svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"
      xmlns:inkscape="http://www.inkscape.org/namespaces/inkscape"
      inkscape:export-filename="C:\\Users\\Anna\\a.png" viewBox="0 0 9 9">
      <style>.a { fill: url(#b); font-family: "Noto Sans" }</style>
      <defs><linearGradient id="b"/></defs>
      <use xlink:href="#c"/><a href="https://example.org/"><text>R&amp;D</text></a>
      <image href="data:image/png;base64,iVBORw0KGgo="/>
      <rect id="c" class="a" style="fill:url('#b')"><animate attributeName="x" to="3"/></rect>
    </svg>`;
  assert.equal(await look(joined(inkscape)), "image/svg+xml");
});

Deno.test("inspect refuses a drawing that is too large to be one", async () => {
  await refuses(
    svg(" ".repeat(16 * 1024 * 1024)),
    "too-large",
    /^the SVG has \d+ bytes; at most 16 MiB$/,
  );
});

Deno.test("inspect takes ordinary archives, and documents that are archives", async () => {
  const hello = joined("hello");
  assert.equal(await look(zip([{ name: "a.txt", bytes: hello }])), "application/zip");
  assert.equal(await look(zip([])), "application/zip");
  const parts = ["[Content_Types].xml", "word/document.xml"].map((name) => ({
    name,
    bytes: hello,
  }));
  assert.match(await look(zip(parts)), /wordprocessingml|zip/);
  const paths = [{ name: "../../a", bytes: hello }, { name: "C:\\a", bytes: hello }];
  assert.equal(await look(zip(paths)), "application/zip");
  const same = Array.from({ length: 15 }, (_, n) => ({ name: `${n}.zip`, bytes: [n], crc: 1 }));
  assert.equal(await look(zip(same)), "application/zip");
  const many = Array.from({ length: 2_000 }, (_, n) => ({ name: `${n}` }));
  assert.equal(await look(zip(many)), "application/zip");
});

const most = 2 ** 32 - 2;
const BOMBS: Readonly<Record<string, readonly [Bytes, Code, RegExp]>> = {
  "that unpacks to far more than it is": [
    zip([{ name: "a", bytes: [1], unpacked: most }]),
    "too-large",
    /^the archive has 10[0-9] bytes and unpacks to 4\.0 GiB or more; at most 1 GiB, or 100 times/,
  ],
  "whose files are small and many": [
    zip(Array.from({ length: 200 }, (_, n) => ({ name: `${n}`, bytes: [1], unpacked: 8e6 }))),
    "too-large",
    /unpacks to 1\.0 GiB or more/,
  ],
  "whose files share their bytes": [
    zip([{ name: "a", bytes: [1, 2] }, { name: "b", bytes: [1, 2], at: 0 }]),
    "unsupported",
    /is none: files in it share their bytes/,
  ],
  "of archives that are all the same": [
    zip(Array.from({ length: 16 }, (_, n) => ({ name: `lib ${n}.ZIP`, bytes: [7] }))),
    "unsupported",
    /^the archive holds the same archive more than 15 times$/,
  ],
  "with a file that is not in it": [
    zip([{ name: "a", bytes: [1], at: 5_000 }]),
    "unsupported",
    /a file in it is longer than the archive/,
  ],
  "that ends in the middle": [
    zip([{ name: "a", bytes: [1] }]).slice(0, -1),
    "unsupported",
    /begins like a ZIP archive and is none/,
  ],
  "whose directory is not there": [
    joined(zip([{ name: "a" }]).subarray(0, 31), zip([{ name: "a" }]).subarray(-22)),
    "unsupported",
    /begins like a ZIP archive and is none/,
  ],
};
for (const [what, [bytes, code, message]] of Object.entries(BOMBS)) {
  Deno.test(`inspect refuses an archive ${what}`, async () => {
    await refuses(bytes, code, message);
  });
}

Deno.test("inspect believes a gzip file what it says of its size", async () => {
  const packed = new Uint8Array(gzipSync(new Uint8Array(100_000)));
  assert.equal(await look(packed), "application/gzip");
  packed.set(int(2 ** 31, 4, "little"), packed.length - 4);
  await refuses(packed, "too-large", /^the archive has \d+ bytes and unpacks to 2\.0 GiB or more/);
});

Deno.test("inspect tells what the store says, and not that a file is broken", async () => {
  const gone = new AppError("unavailable", "the store cannot be reached");
  const whole = zip([{ name: "a", bytes: new Uint8Array(300_000) }]);
  const source = sourceOf(whole);
  const failing = {
    size: source.size,
    read: (start: number, end: number) => {
      if (start > 0) throw gone;
      return source.read(start, end);
    },
  };
  await assert.rejects(inspect(failing, { name: "a.zip" }), (error) => error === gone);
});
