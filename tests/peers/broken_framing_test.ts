/** Peers that break the WebSocket protocol, on the whole server: cut with the right code, alone. */
import assert from "node:assert/strict";
import { newId } from "../../lib/ids.ts";
import { LIMITS } from "../../lib/protocol/codes.ts";
import { openGoodClient } from "../support/good_client.ts";
import { type PeerServer, startPeerServer } from "../support/peer_server.ts";
import { createCampaign } from "../support/campaign.ts";
import { createRandom } from "../support/random.ts";
import {
  closeCode,
  OPCODE,
  openRaw,
  rawFrame,
  type RawSocket,
  upgradeRequest,
} from "../support/raw_socket.ts";
import { seedGroup } from "../support/seed.ts";

let shared: Promise<PeerServer> | undefined;
Deno.test.afterAll(async () => await (await shared)?.[Symbol.asyncDispose]());

/** Runs `test` with a raw connection of a signed-in member; afterwards the server has to be well. */
function testWithRaw(name: string, test: (client: RawSocket) => Promise<void>): void {
  Deno.test({
    name,
    // The server goes on between the tests.
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => {
      const server = await (shared ??= startPeerServer());
      {
        using client = await openSignedIn(server);
        await test(client);
      }
      const person = await server.person();
      const room = await seedGroup(server.database.sql, [person.id]);
      await using good = await openGoodClient(server.port, await person.ticket());
      assert.equal((await good.say(room)).type, "ok");
      await server.checkUnharmed();
    },
  });
}

async function openSignedIn(server: PeerServer): Promise<RawSocket> {
  const person = await server.person();
  const ticket = await person.ticket();
  const client = await openRaw(
    server.port,
    upgradeRequest("/api/v1/chat", { "Authorization": `Bearer ${ticket}` }),
  );
  assert.equal((await client.answer()).status, 101);
  const ready = await client.frame();
  assert.match(new TextDecoder().decode(ready?.payload), /^{"type":"session.ready"/);
  return client;
}

/** The code by which the server ends the connection, after whatever it answers before. */
async function endOf(client: RawSocket): Promise<number | undefined> {
  for (let frame = await client.frame(); frame !== undefined; frame = await client.frame()) {
    if (frame.opcode === OPCODE.close) return closeCode(frame);
    assert.doesNotMatch(new TextDecoder().decode(frame.payload), /"code":"internal"/);
  }
  return undefined;
}

const PART = "x".repeat(1_000);

testWithRaw(
  "fragments without end are closed with 1009 as soon as they exceed a frame",
  async (client) => {
    await client.write(rawFrame(OPCODE.text, PART, { fin: false }));
    let sent = 1;
    const ended = endOf(client);
    let over = false;
    void ended.then(() => over = true);
    for (; !over && sent < 10_000; sent++) {
      await client.write(rawFrame(OPCODE.continuation, PART, { fin: false })).catch(() =>
        over = true
      );
      // Lets the answer come.
      if (sent % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    assert.equal(await ended, 1009);
    assert.ok(sent * PART.length > LIMITS.frameBytes, `after ${sent} fragments`);
    assert.ok(sent < 10_000, "before the peer has enough");
  },
);

testWithRaw("empty fragments without end are closed with 1008", async (client) => {
  await client.write(rawFrame(OPCODE.text, "x", { fin: false }));
  const one = rawFrame(OPCODE.continuation, "", { fin: false });
  const many = new Uint8Array(one.length * 20_000);
  for (let at = 0; at < many.length; at += one.length) many.set(one, at);
  await client.write(many).catch(() => {});
  assert.equal(await endOf(client), 1008);
});

testWithRaw(
  "control frames between fragments are answered, and the text comes whole",
  async (client) => {
    const text = JSON.stringify({ type: "ping", ref: 7 });
    await client.write(rawFrame(OPCODE.text, text.slice(0, 5), { fin: false }));
    for (let at = 5; at < text.length; at++) {
      await client.write(rawFrame(OPCODE.ping, `ping ${at}`));
      await client.write(rawFrame(OPCODE.pong, ""));
      const fin = at === text.length - 1;
      await client.write(rawFrame(OPCODE.continuation, text[at] ?? "", { fin }));
    }
    for (let at = 5; at < text.length; at++) {
      const pong = await client.frame();
      assert.equal(pong?.opcode, OPCODE.pong);
      assert.equal(new TextDecoder().decode(pong.payload), `ping ${at}`);
    }
    const answer = await client.frame();
    assert.equal(JSON.parse(new TextDecoder().decode(answer?.payload)).ref, 7);
  },
);

testWithRaw("a frame of exactly 64 KiB is answered", async (client) => {
  const frame = JSON.stringify({ type: "ping", ref: 3 }).padStart(LIMITS.frameBytes);
  await client.write(rawFrame(OPCODE.text, frame));
  const answer = await client.frame();
  assert.equal(JSON.parse(new TextDecoder().decode(answer?.payload)).ref, 3);
});

const broken: Record<string, [Uint8Array, number]> = {
  "65 KiB": [rawFrame(OPCODE.text, "x".repeat(65 * 1024)), 1009],
  "a byte more than 64 KiB": [rawFrame(OPCODE.text, "x".repeat(LIMITS.frameBytes + 1)), 1009],
  "a length of 2^53 and more": [
    new Uint8Array([0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]),
    1009,
  ],
  "no mask": [rawFrame(OPCODE.text, "{}", { masked: false }), 1002],
  "a reserved bit": [rawFrame(OPCODE.text, "{}", { reserved: 4 }), 1002],
  "another reserved bit": [rawFrame(OPCODE.text, "{}", { reserved: 1 }), 1002],
  "a reserved opcode": [rawFrame(5, "{}"), 1002],
  "a reserved control opcode": [rawFrame(11, ""), 1002],
  "a ping in fragments": [rawFrame(OPCODE.ping, "", { fin: false }), 1002],
  "a continuation of nothing": [rawFrame(OPCODE.continuation, "{}"), 1002],
  "text that is not UTF-8": [rawFrame(OPCODE.text, new Uint8Array([0x22, 0xc0, 0xaf, 0x22])), 1007],
  "bytes instead of text": [rawFrame(OPCODE.binary, "{}"), 1003],
};
for (const [what, [frame, code]] of Object.entries(broken)) {
  testWithRaw(`a frame with ${what} is closed with ${code}`, async (client) => {
    await client.write(frame);
    assert.equal(await endOf(client), code);
  });
}

const campaign = createCampaign("tests/peers/broken_framing_test.ts", 300);

Deno.test({
  name: "bytes that were changed anywhere in a stream of frames end at most their own connection",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    const server = await (shared ??= startPeerServer());
    const conversation = newId();
    const frames = [
      rawFrame(OPCODE.text, JSON.stringify({ type: "ping", ref: 1 })),
      rawFrame(OPCODE.ping, "hello"),
      rawFrame(OPCODE.text, '{"type":"conversation.sync",', { fin: false }),
      rawFrame(OPCODE.continuation, `"ref":2,"since":0,"conversation":"${conversation}"}`),
      rawFrame(OPCODE.text, JSON.stringify({ type: "ping", ref: 3 }).padEnd(300)),
      rawFrame(OPCODE.close, "\x03\xe8"),
    ];
    const whole = new Uint8Array(frames.flatMap((frame) => [...frame]));
    const end = campaign.first + campaign.count;
    for (let number = campaign.first; number < end; number++) {
      const random = createRandom(campaign.seed, number);
      const bytes = whole.slice();
      for (let times = 1 + random.below(4); times > 0; times--) {
        const at = random.below(bytes.length);
        bytes[at] = (bytes[at] ?? 0) ^ 1 << random.below(8);
      }
      try {
        using client = await openSignedIn(server);
        await client.write(bytes).catch(() => {});
        await client.finish();
        const code = await endOf(client);
        // What this server may close with, and nothing where the stream ended inside a frame.
        const allowed = [undefined, 1000, 1002, 1003, 1007, 1009];
        assert.ok(allowed.includes(code) || isEcho(bytes, code), `closed with ${code}`);
      } catch (error) {
        throw new Error(campaign.replay(number, 1), { cause: error });
      }
    }
    await server.checkUnharmed();
  },
});

/** A close that the peer began is answered with the peer's own code. */
function isEcho(bytes: Uint8Array, code: number | undefined): boolean {
  if (code === undefined) return false;
  return bytes.some((byte, at) => byte === code >> 8 && bytes[at + 1] === (code & 0xff));
}
