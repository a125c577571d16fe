import assert from "node:assert/strict";
import { inspect } from "../../../../lib/files/content/inspect.ts";
import { type Bytes, joined, sourceOf } from "../../../support/byte_sources.ts";
import { gif, JPEG, png, WEBP } from "../../../support/pictures.ts";
import { refused } from "../../../support/refused_file.ts";

const encode = (text: string) => joined(text);
const utf16 = (text: string) =>
  joined(
    [0xff, 0xfe],
    [...text].flatMap((letter) => [letter.charCodeAt(0) & 255, letter.charCodeAt(0) >> 8]),
  );

const typeOf = async (bytes: Bytes, type?: string, name = "file") =>
  (await inspect(sourceOf(bytes), { type, name })).type;

const KINDS: Readonly<Record<string, readonly [Bytes, string]>> = {
  "nothing": [encode(""), "application/octet-stream"],
  "a picture": [png(), "image/png"],
  "text": [encode("Hello, it is Ben.\r\n\tbye"), "text/plain"],
  "text in Chinese": [encode("你好，世界"), "text/plain"],
  "text in an older encoding of Chinese": [
    joined([0xc4, 0xe3, 0xba, 0xc3, 0xa3, 0xac]),
    "text/plain",
  ],
  "text in UTF-16": [utf16("Hello"), "text/plain"],
  "text that is cut within a letter": [encode("é".repeat(40_000) + "€"), "text/plain"],
  "text that begins like a bitmap": [
    encode("BMW is a make of cars, and MZ of motorcycles"),
    "text/plain",
  ],
  "a log with colours": [encode("\x1b[31merror\x1b[0m\n"), "text/plain"],
  "text with a zero in it": [encode("Hello\0"), "application/octet-stream"],
  "chance": [new Uint8Array(1_000).map((_, n) => n * n % 251), "application/octet-stream"],
  "a page": [encode("\n <!-- a --><!DOCTYPE html><script>alert(1)</script>"), "text/html"],
  "a page without a head": [encode("<ScRiPt>alert(1)</script>"), "text/html"],
  "a page in UTF-16": [utf16("<html><body>"), "text/html"],
  "XML": [encode('<?xml version="1.0"?><!-- b --><feed/>'), "application/xml"],
  "XML with a mark before it": [encode("\ufeff<note>hello</note>"), "application/xml"],
  "XML with nothing but a comment for long": [
    encode("<!--" + "a".repeat(70_000)),
    "application/xml",
  ],
  "text that begins with a heart": [encode("<3 from Anna"), "text/plain"],
  "a drawing": [
    encode('<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>'),
    "image/svg+xml",
  ],
  "a drawing with a prefix": [
    encode('<s:svg xmlns:s="http://www.w3.org/2000/svg"/>'),
    "image/svg+xml",
  ],
  "a document": [encode("%PDF-1.7\n%âãÏÓ\n"), "application/pdf"],
  "a program": [joined([0x7f], "ELF", new Uint8Array(60)), "application/x-elf"],
};
for (const [what, [bytes, type]] of Object.entries(KINDS)) {
  Deno.test(`inspect takes ${what} for ${type}`, async () => {
    assert.equal(await typeOf(bytes), type);
  });
}

const PAGE = encode("<!doctype html><script>alert(1)</script>");
const SVG = encode('<svg xmlns="http://www.w3.org/2000/svg"/>');
const LIES: readonly (readonly [string | undefined, string, Bytes, RegExp])[] = [
  ["image/png", "a.png", PAGE, /^the file says image\/png and holds text\/html$/],
  ["IMAGE/PNG; a=b", "a", PAGE, /^the file says image\/png and holds text\/html$/],
  ["image/png", "a.png", SVG, /says image\/png and holds image\/svg\+xml/],
  ["image/svg+xml", "a.svg", encode("hello"), /says image\/svg\+xml and holds text\/plain/],
  ["image/jpeg", "a.jpg", encode(""), /says image\/jpeg and holds application\/octet-stream/],
  ["image/jpg", "a.jpg", encode("MZ\0\0"), /says image\/jpg and holds/],
  ["image/heic", "a.heic", encode("plain"), /says image\/heic and holds text\/plain/],
  ["audio/mpeg", "a.mp3", PAGE, /says audio\/mpeg and holds text\/html/],
  ["video/mp4", "a.mp4", encode("%PDF-1.7"), /says video\/mp4 and holds application\/pdf/],
  ["video/mp2t", "a.ts", PAGE, /says video\/mp2t and holds text\/html/],
  ["application/pdf", "a.pdf", PAGE, /says application\/pdf and holds text\/html/],
  [undefined, "a.PNG", PAGE, /says image\/png and holds text\/html/],
  ["application/octet-stream", "a.pdf", PAGE, /says application\/pdf and holds text\/html/],
];
for (const [type, name, bytes, message] of LIES) {
  Deno.test(`inspect refuses ${name} as ${type ?? "nothing"}: ${message.source}`, async () => {
    await assert.rejects(typeOf(bytes, type, name), refused("unsupported", message));
  });
}

const TRUTHS: readonly (readonly [string | undefined, string, Bytes, string])[] = [
  ["", "a", PAGE, "text/html"],
  ["application/octet-stream", "a.bin", PAGE, "text/html"],
  ["text/markdown", "a.md", PAGE, "text/html"],
  ["image/png", "camera.png", JPEG, "image/jpeg"],
  ["image/jpg", "a.jpg", JPEG, "image/jpeg"],
  ["image/gif", "a.gif", WEBP, "image/webp"],
  ["text/plain", "a.txt", gif(), "image/gif"],
  ["video/mp2t", "main.ts", encode("export const one = 1;"), "text/plain"],
  ["audio/x-mpegurl", "radio.m3u", encode("#EXTM3U\n"), "text/plain"],
  ["audio/ogg", "a.ogg", joined("OggS", new Uint8Array(60)), "application/ogg"],
  ["audio/mpeg", "odd.mp3", new Uint8Array(9), "application/octet-stream"],
  ["image/x-portable-pixmap", "a.ppm", encode("P3 1 1 255 0 0 0"), "text/plain"],
  ["application/vnd.ms-excel", "report.xls", encode("<table><tr></table>"), "text/html"],
  ["no type at all", "a", encode("hello"), "text/plain"],
];
for (const [type, name, bytes, found] of TRUTHS) {
  Deno.test(`inspect takes ${name} as ${type} for ${found}`, async () => {
    assert.equal(await typeOf(bytes, type, name), found);
  });
}

Deno.test("inspect looks at the beginning of what is no picture, however large it is", async () => {
  const source = sourceOf(new Uint8Array(4_000_000).map((_, n) => n * n % 253), 65_536);
  await inspect(source, { name: "a.bin" });
  assert.ok(source.bytesRead <= 200_000, String(source.bytesRead));
});
