import assert from "node:assert/strict";
import { openHttpLine } from "../../support/http_line.ts";
import { testWithServer } from "../../support/shared_server.ts";

const encoder = new TextEncoder();
const ask = (path: string) => `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`;

testWithServer("limitPipelining answers fifty requests at once, in order", async ({ port }) => {
  using line = await openHttpLine(port);
  for (let round = 0; round < 3; round++) {
    await line.write(encoder.encode((ask("/healthz") + ask("/api/v1/me")).repeat(25)));
    for (let n = 0; n < 25; n++) {
      assert.equal((await line.answer())?.status, 200);
      assert.equal((await line.answer())?.status, 401);
    }
  }
});

testWithServer("limitPipelining cuts a connection that sends hundreds", async ({ port }) => {
  using line = await openHttpLine(port);
  await line.write(encoder.encode(ask("/readyz").repeat(500)));
  let answered = 0;
  while (await line.answer() !== undefined) answered++;
  assert.ok(answered <= 50, `${answered} were answered`);
  using other = await openHttpLine(port);
  await other.write(encoder.encode(ask("/healthz")));
  assert.equal((await other.answer())?.status, 200);
});
