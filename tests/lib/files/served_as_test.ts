import assert from "node:assert/strict";
import { servedAs } from "../../../lib/files/served_as.ts";
import { FileName } from "../../../lib/protocol/requests.ts";

Deno.test("servedAs shows pictures, sound and videos, and tells of nothing else what it is", () => {
  const shown = ["image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "audio/mpeg"];
  for (const type of [...shown, "audio/ogg", "audio/wav", "video/mp4", "video/webm"]) {
    assert.deepEqual(servedAs(type), { type, disposition: "inline" });
  }
  const hidden = [
    ...["text/html", "image/svg+xml", "application/xhtml+xml", "text/xml", "application/pdf"],
    ...["text/javascript", "application/javascript", "text/css", "application/wasm", "text/plain"],
    ...["application/json", "application/zip", "image/tiff", "multipart/x-mixed-replace", ""],
    ...["IMAGE/SVG+XML", "image/png; charset=utf-8", "application/octet-stream"],
  ];
  for (const type of hidden) {
    assert.deepEqual(servedAs(type), {
      type: "application/octet-stream",
      disposition: "attachment",
    });
  }
});

Deno.test("servedAs writes any name twice: for who reads RFC 8187 and for who does not", () => {
  const names: [string, string][] = [
    ["notes.txt", `filename="notes.txt"; filename*=UTF-8''notes.txt`],
    ["报告 2026.pdf", `filename="__ 2026.pdf"; filename*=UTF-8''%E6%8A%A5%E5%91%8A%202026.pdf`],
    ['a"b%41;c.txt', `filename="a_b_41;c.txt"; filename*=UTF-8''a%22b%2541%3Bc.txt`],
    ["it's (1)*.gif", `filename="it's (1)*.gif"; filename*=UTF-8''it%27s%20%281%29%2A.gif`],
    ["😀.png", `filename="_.png"; filename*=UTF-8''%F0%9F%98%80.png`],
    ["half \ud83d.png", `filename="half _.png"; filename*=UTF-8''half%20%EF%BF%BD.png`],
  ];
  for (const [name, expected] of names) {
    const { disposition } = servedAs("application/zip", name);
    assert.equal(disposition, `attachment; ${expected}`);
    // As a header it can be sent.
    assert.equal(
      new Headers({ "content-disposition": disposition }).get("content-disposition"),
      disposition,
    );
  }
});

Deno.test("servedAs lets no name out of its quotes", () => {
  const nasty = ['x"; filename="evil.exe', "x\\", 'x\\"y', "%22.txt", "'.txt", ";=.txt"];
  for (const name of nasty) {
    const { disposition } = servedAs("text/html", name);
    const [, plain = "", exact = ""] =
      /^attachment; filename="([^"\\]*)"; filename\*=UTF-8''([\w.~%!-]*)$/.exec(disposition) ?? [];
    assert.ok(plain !== "" && exact !== "", disposition);
    assert.equal(decodeURIComponent(exact), name);
  }
  // What breaks a header is no name.
  for (const name of ["a\r\nSet-Cookie: x", "a\0b"]) assert.ok(!FileName.safeParse(name).success);
});
