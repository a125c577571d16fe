/** More to do than the server can: everybody gets their share of it. */
import assert from "node:assert/strict";
import { newId } from "../../lib/ids.ts";
import type { Id } from "../../lib/protocol/model.ts";
import { WebSocket } from "ws";
import { tell } from "../support/campaign.ts";
import { testOnDatabases } from "../support/databases.ts";
import { within } from "../support/deadline.ts";
import { startPeerServer } from "../support/peer_server.ts";
import { seedGroup } from "../support/seed.ts";

const PAIRS = 100;
/** Messages that each has under way: together more than one commit takes. */
const UNDER_WAY = 10;
const LASTS = 5_000;

type Speaker = { acknowledged: number; begin(): void; end(): void };

/** Sends the next message whenever one was acknowledged. */
async function openSpeaker(port: number, ticket: string, conversation: Id): Promise<Speaker> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/api/v1/chat`, [
    "parley.v1",
    `ticket.${ticket}`,
  ]);
  const ready = Promise.withResolvers<void>();
  socket.on("error", ready.reject);
  let ref = 0;
  const say = () =>
    socket.send(JSON.stringify({
      type: "message.send",
      ref: ++ref,
      conversation,
      clientId: newId(),
      kind: "text",
      text: "a message of usual length, as people send them",
    }));
  const speaker: Speaker = {
    acknowledged: 0,
    begin: () => {
      for (let n = 0; n < UNDER_WAY; n++) say();
    },
    end: () => socket.terminate(),
  };
  socket.on("message", (data) => {
    // Whole frames are not parsed: this process has to keep up with the server.
    const text = data.toString();
    if (text.startsWith('{"type":"session.ready"')) return ready.resolve();
    if (!text.includes('"type":"ok"')) return;
    speaker.acknowledged++;
    say();
  });
  await within(ready.promise, "session.ready", 20_000);
  return speaker;
}

testOnDatabases("in overload no pair gets more than twice what another gets", async (kind) => {
  await using server = await startPeerServer({ PARLEY_LIMITS: "off" }, kind);
  const speakers: Speaker[] = [];
  const listeners: Speaker[] = [];
  try {
    for (let pair = 0; pair < PAIRS; pair++) {
      const [one, other] = [await server.person(), await server.person()];
      const room = await seedGroup(server.database.sql, [one.id, other.id]);
      speakers.push(await openSpeaker(server.port, await one.ticket(), room));
      // Who listens says nothing, and so has nothing acknowledged.
      listeners.push(await openSpeaker(server.port, await other.ticket(), room));
    }
    for (const speaker of speakers) speaker.begin();
    await new Promise((resolve) => setTimeout(resolve, LASTS));
    const counts = speakers.map(({ acknowledged }) => acknowledged);
    const [least, most] = [Math.min(...counts), Math.max(...counts)];
    const rate = Math.round(counts.reduce((sum, count) => sum + count, 0) / (LASTS / 1000));
    tell(`${kind.name}: ${PAIRS} pairs, ${rate} messages a second, each got ${least} to ${most}`);
    assert.ok(least >= 10, `a pair got ${least} messages in ${LASTS} ms`);
    assert.ok(most <= 2 * least, `one pair got ${most} messages, another ${least}`);
  } finally {
    for (const speaker of [...speakers, ...listeners]) speaker.end();
  }
  await server.checkUnharmed();
});
