/** Hundreds of clients who send a byte now and then: they are cut, and good ones are served. */
import assert from "node:assert/strict";
import { tell } from "../support/campaign.ts";
import { openGoodClient } from "../support/good_client.ts";
import { startPeerServer } from "../support/peer_server.ts";
import { seedGroup } from "../support/seed.ts";

/** Milliseconds within which they are cut, and what a busy machine may add to that. */
const CUT_WITHIN = 10_000;
const SLACK = 4_000;
const EACH = 60;

const HEAD = "POST /api/v1/sessions HTTP/1.1\r\nHost: 127.0.0.1\r\n";
const BODY = `${HEAD}Content-Type: application/json\r\nContent-Length: 100000\r\n\r\n{`;
const CHUNKS = `${HEAD}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`;

/** What comes first, and what comes every second after that. */
const kinds: Record<string, { start: string; drip: string }> = {
  "half a header": { start: HEAD, drip: "" },
  "a header by the byte": { start: "GET /healthz HTTP/1.1\r\n", drip: "X" },
  "a header by the line": { start: HEAD, drip: "X-More: 1\r\n" },
  "half a body": { start: BODY, drip: "" },
  "a body by the byte": { start: BODY, drip: " " },
  "a body by the chunk": { start: CHUNKS, drip: "1\r\n \r\n" },
  "the name of a file by the chunk": {
    start: CHUNKS.replace("/sessions ", "/files/instant "),
    drip: "1\r\n \r\n",
  },
  "half an upgrade": { start: "GET /api/v1/chat HTTP/1.1\r\nUpgrade: websocket\r\n", drip: "" },
};

type End = { after: number; said: string };

/** Sends `start`, then `drip` every second, until the server ends the connection. */
async function beSlow(
  port: number,
  { start, drip }: { start: string; drip: string },
): Promise<End> {
  const began = performance.now();
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const write = (text: string) => connection.write(new TextEncoder().encode(text)).catch(() => 0);
  await write(start);
  const timer = setInterval(() => void write(drip), 1_000);
  const giveUp = setTimeout(() => connection.close(), CUT_WITHIN + SLACK);
  let said = "";
  try {
    const chunk = new Uint8Array(4_096);
    for (let count; (count = await connection.read(chunk)) !== null;) {
      said += new TextDecoder().decode(chunk.subarray(0, count));
    }
    connection.close();
  } catch {
    // Reset by the server, or closed here when patience had run out.
  } finally {
    clearInterval(timer);
    clearTimeout(giveUp);
  }
  return { after: performance.now() - began, said };
}

Deno.test("hundreds of slow requests are cut within ten seconds, and others are served", async () => {
  await using server = await startPeerServer();
  const [one, other] = [await server.person(), await server.person()];
  const room = await seedGroup(server.database.sql, [one.id, other.id]);
  await using speaker = await openGoodClient(server.port, await one.ticket());
  await using listener = await openGoodClient(server.port, await other.ticket());
  const token = await one.token();

  let going = true;
  const serve = async () => {
    let served = 0;
    for (; going; served++) {
      assert.equal((await speaker.say(room)).type, "ok");
      const answer = await fetch(`${server.origin}/api/v1/me`, {
        headers: { authorization: `Bearer ${token}` },
      });
      await answer.body?.cancel();
      assert.equal(answer.status, 200);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return served;
  };
  const serving = serve();
  const slow = Object.entries(kinds).map(async ([what, kind]) => {
    const ends = await Promise.all(Array.from({ length: EACH }, () => beSlow(server.port, kind)));
    const last = Math.max(...ends.map(({ after }) => after));
    assert.ok(last < CUT_WITHIN + SLACK, `${what}: held for ${Math.round(last)} ms`);
    for (const { said } of ends) {
      if (said === "") continue;
      assert.match(said, /^HTTP\/1\.1 408 /, what);
      assert.match(said, /"code":"timeout"/, what);
    }
    const told = ends.filter(({ said }) => said !== "").length;
    return `${what} ${(last / 1000).toFixed(1)} s (${told} of ${EACH} told why)`;
  });
  const held = await Promise.all(slow);
  going = false;
  const served = await serving;
  const slowest = Math.max(...listener.delays);
  tell(`slow: ${held.join(", ")}; meanwhile ${served} rounds, slowest ${Math.round(slowest)} ms`);
  assert.ok(served >= 20, `${served} rounds of a good client`);
  await server.checkUnharmed();
});
