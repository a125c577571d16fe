/** Each test throws for real: without the listeners the runner would fail the whole file. */
import assert from "node:assert/strict";
import { connect, createServer } from "node:net";
import { logStrayErrors } from "../../lib/stray_errors.ts";
import { eventually } from "../support/deadline.ts";
import { createFakeLog } from "../support/fake_services.ts";
import { freePort } from "../support/ports.ts";

const log = createFakeLog();
logStrayErrors(log);

/** What is logged of what `stray` leaves to nobody. */
async function saidOf(stray: () => void): Promise<string[]> {
  log.lines.length = 0;
  stray();
  await eventually(() => log.lines.length > 0, "a line of the log");
  return [...log.lines];
}

Deno.test("logStrayErrors logs a mistake that nobody caught, and the process goes on", async () => {
  const thrown = await saidOf(() => {
    setTimeout(() => {
      throw new Error("a mistake");
    });
  });
  assert.deepEqual(thrown, ["process.error Error: a mistake"]);
  const rejected = await saidOf(() => void Promise.reject(new Error("another")));
  assert.deepEqual(rejected, ["process.unhandledrejection Error: another"]);
});

Deno.test("logStrayErrors calls what only looks like a lost connection a mistake", async () => {
  const lines = await saidOf(() => {
    setTimeout(() => {
      throw Object.assign(new Error("not of a socket"), { code: "ECONNRESET" });
    });
  });
  assert.deepEqual(lines, ["process.error Error: not of a socket"]);
});

Deno.test("logStrayErrors calls a reset that nobody listens for a lost connection", async () => {
  const port = freePort();
  const server = createServer((socket) => void socket.resetAndDestroy()).listen(port, "127.0.0.1");
  try {
    const [line = "", ...more] = await saidOf(() => {
      // Without a listener: it throws out of the callback that reads.
      connect(port, "127.0.0.1");
    });
    assert.match(line, /^process\.connection-lost (read|connect) ECONNRESET.* ECONNRESET$/);
    assert.deepEqual(more, []);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
});
