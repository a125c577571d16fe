import assert from "node:assert/strict";
import { testWithServer } from "../support/shared_server.ts";

const PATIENCE = 11_000;

/** Milliseconds until the server ends a connection that sends `start` and nothing more. */
async function held(port: number, start: string): Promise<number> {
  const began = performance.now();
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  await connection.write(new TextEncoder().encode(start));
  const timer = setTimeout(() => connection.close(), PATIENCE);
  try {
    while (await connection.read(new Uint8Array(1_024)) !== null);
    connection.close();
  } catch {
    // Reset by the server, or closed here when patience had run out.
  } finally {
    clearTimeout(timer);
  }
  return performance.now() - began;
}

testWithServer("startServer cuts slow headers and bodies within ten seconds", async ({ port }) => {
  const post = "POST /api/v1/sessions HTTP/1.1\r\nHost: 127.0.0.1\r\n";
  const times = await Promise.all([
    held(port, post),
    held(port, `${post}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{`),
  ]);
  assert.ok(times.every((ms) => ms < PATIENCE - 500), `held for ${times.map(Math.round)} ms`);
});
