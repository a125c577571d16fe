import assert from "node:assert/strict";
import { signUp } from "../support/api_server.ts";
import { testWithServer } from "../support/shared_server.ts";
import { createTus } from "../support/tus.ts";

const PATIENCE = 11_000;

/** Milliseconds until the server ends a connection that sends `start`, and then `drip` every second. */
async function held(port: number, start: string, drip = ""): Promise<number> {
  const began = performance.now();
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const write = (text: string) => connection.write(new TextEncoder().encode(text)).catch(() => 0);
  await write(start);
  const dripping = setInterval(() => void write(drip), 1_000);
  const timer = setTimeout(() => connection.close(), PATIENCE);
  try {
    while (await connection.read(new Uint8Array(1_024)) !== null);
    connection.close();
  } catch {
    // Reset by the server, or closed here when patience had run out.
  } finally {
    clearTimeout(timer);
    clearInterval(dripping);
  }
  return performance.now() - began;
}

testWithServer(
  "startServer cuts slow headers and bodies within ten seconds, and no file",
  async (server) => {
    const { port } = server;
    const { grant } = await signUp(server);
    const tus = createTus(server.origin, grant.accessToken);
    const { address } = await tus.create(100);
    const file = (token: string) =>
      [
        `PATCH ${address} HTTP/1.1`,
        `Host: 127.0.0.1:${port}`,
        `Authorization: Bearer ${token}`,
        "Tus-Resumable: 1.0.0",
        "Upload-Offset: 0",
        "Content-Type: application/offset+octet-stream",
        "Content-Length: 100\r\n\r\n",
      ].join("\r\n");
    const post = "POST /api/v1/sessions HTTP/1.1\r\nHost: 127.0.0.1\r\n";
    const sending = held(port, file(grant.accessToken), "x");
    const times = await Promise.all([
      held(port, post),
      // Nobody's: that it would be a file is no reason to wait for it.
      held(port, file("of nobody"), "x"),
      held(port, `${post}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{`),
    ]);
    assert.ok(times.every((ms) => ms < PATIENCE - 500), `held for ${times.map(Math.round)} ms`);
    assert.ok(await sending >= PATIENCE);
    assert.ok((await tus.offset(address) ?? 0) >= 5);
  },
);
