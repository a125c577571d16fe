import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createClientMessages, type Part } from "../../../lib/sql/embedded_messages.ts";

function message(type: string, body: string): Buffer {
  const head = Buffer.alloc(5);
  head.write(type, 0);
  head.writeInt32BE(4 + Buffer.byteLength(body), 1);
  return Buffer.concat([head, Buffer.from(body)]);
}

function first(code: number, body = ""): Buffer {
  const head = Buffer.alloc(8);
  head.writeInt32BE(8 + Buffer.byteLength(body), 0);
  head.writeInt32BE(code, 4);
  return Buffer.concat([head, Buffer.from(body)]);
}

const STARTUP = first(196608, "user\0postgres\0application_name\0parley appends\0\0");
const STATEMENT = [message("P", "parse"), message("B", "bind"), message("E", ""), message("S", "")];

/** What comes out when `data` arrives in pieces of `size` bytes. */
function parts(data: Buffer, size: number): Part[] {
  const messages = createClientMessages();
  const taken: Part[] = [];
  for (let at = 0; at < data.length; at += size) {
    messages.add(data.subarray(at, at + size));
    for (let part = messages.take(); part !== undefined; part = messages.take()) taken.push(part);
    if (taken.at(-1)?.kind === "end") break;
  }
  return taken;
}

for (const size of [1, 7, 10_000]) {
  Deno.test(`createClientMessages cuts at whole requests, from pieces of ${size} bytes`, () => {
    const statement = Buffer.concat(STATEMENT);
    const query = message("Q", "select 1\0");
    const data = Buffer.concat([
      first(80877103),
      first(80877102, "12345678"),
      STARTUP,
      statement,
      statement,
      query,
      message("P", "half"),
      message("X", ""),
    ]);
    assert.deepEqual(parts(data, size), [
      { kind: "encryption" },
      {
        kind: "startup",
        messages: new Uint8Array(STARTUP),
        applicationName: "parley appends",
      },
      { kind: "request", messages: new Uint8Array(statement) },
      { kind: "request", messages: new Uint8Array(statement) },
      { kind: "request", messages: new Uint8Array(query) },
      { kind: "end" },
    ]);
  });
}

Deno.test("createClientMessages takes a user's name for no application's", () => {
  const data = first(196608, "user\0application_name\0database\0postgres\0\0");
  assert.deepEqual(parts(data, 10_000).map((part) => part.kind === "startup" && part), [
    { kind: "startup", messages: new Uint8Array(data), applicationName: undefined },
  ]);
});
