/** Connections that send as much as they can: they are refused, then closed, and others go on. */
import assert from "node:assert/strict";
import { WebSocket } from "ws";
import { newId } from "../../lib/ids.ts";
import { CLOSE } from "../../lib/protocol/codes.ts";
import type { ErrorFrame } from "../../lib/protocol/frames.ts";
import { tell } from "../support/campaign.ts";
import { checkLog } from "../support/check_history.ts";
import { eventually, within } from "../support/deadline.ts";
import { type GoodClient, openGoodClient } from "../support/good_client.ts";
import { testOnDatabases } from "../support/databases.ts";
import { compareLatency } from "../support/latency.ts";
import { type PeerServer, type SeededPerson, startPeerServer } from "../support/peer_server.ts";
import { OPCODE, openRaw, rawFrame, upgradeRequest } from "../support/raw_socket.ts";
import { seedGroup } from "../support/seed.ts";
import { openSilentReader } from "../support/silent_reader.ts";

const CHAT = "/api/v1/chat";
const LIMITED = { PARLEY_LIMITS: "on" };

type Answer = Partial<Omit<ErrorFrame, "type">> & { type: string };

const floods: Record<string, (ref: number, room: string) => string> = {
  "messages": (ref, conversation) =>
    JSON.stringify({
      type: "message.send",
      ref,
      conversation,
      clientId: newId(),
      kind: "text",
      text: `flood ${ref}`,
    }),
  "requests": (ref, conversation) =>
    JSON.stringify({ type: "conversation.sync", ref, conversation, since: 0, limit: 1 }),
  "pings": (ref) => JSON.stringify({ type: "ping", ref }),
};
/** Of a kind: how many are let in at once, and how many a second later on. */
const admitted = { messages: [100, 20], others: [500, 100] } as const;

Deno.test("a flood is answered once each, then closed, and stores nothing refused", async () => {
  await using server = await startPeerServer(LIMITED);
  await Promise.all(
    Object.entries(floods).map(async ([what, frame]) => {
      const person = await server.person();
      const room = await seedGroup(server.database.sql, [person.id]);
      const began = performance.now();
      const { answers, code, sent } = await flood(
        server,
        await person.ticket(),
        (ref) => frame(ref, room),
      );
      assert.equal(code, CLOSE.flooding, what);

      const refs = answers.map(({ ref }) => ref ?? 0);
      assert.equal(new Set(refs).size, refs.length, "no ref is answered twice");
      const refused = answers.filter(({ type }) => type === "error");
      assert.ok(refused.length >= 1_000, `${refused.length} ${what} were refused`);
      for (const { code, retryAfter } of refused) {
        assert.equal(code, "rate-limited");
        assert.ok(Number.isInteger(retryAfter) && Number(retryAfter) >= 1);
      }
      const stored = new Set((await checkLog(server.database.sql, room)).map(({ text }) => text));
      for (const { ref } of refused) {
        assert.ok(!stored.has(`flood ${ref}`), "was refused and stored");
      }
      const last = Math.max(...refs);
      assert.ok(last < sent, "what came after the close is not answered");
      // The close may overtake the answer of what was let in, and never a refusal.
      const [burst, perSecond] = what === "messages" ? admitted.messages : admitted.others;
      const letIn = burst + perSecond * Math.ceil((performance.now() - began) / 1000);
      assert.ok(last - refused.length <= letIn, `${last - refused.length} ${what} were let in`);
    }),
  );
  await server.checkUnharmed();
});

Deno.test("a flood of what cannot be parsed is refused without a ref, then closed", async () => {
  await using server = await startPeerServer(LIMITED);
  const person = await server.person();
  const { answers, code } = await flood(server, await person.ticket(), () => "{");
  assert.equal(code, CLOSE.flooding);
  assert.ok(answers.every(({ type, ref }) => type === "error" && ref === null));
  assert.ok(answers.some((answer) => answer.code === "rate-limited"));
  assert.ok(answers.length >= 1_000 && answers.length < FLOOD, `${answers.length} answers`);
  await server.checkUnharmed();
});

Deno.test("a flood of pongs that nobody asked for is closed", async () => {
  await using server = await startPeerServer(LIMITED);
  const person = await server.person();
  using client = await openRaw(
    server.port,
    upgradeRequest(CHAT, { "Authorization": `Bearer ${await person.ticket()}` }),
  );
  assert.equal((await client.answer()).status, 101);
  await client.write(repeated(rawFrame(OPCODE.pong, ""), 10_000));
  assert.equal((await client.frame())?.opcode, OPCODE.text);
  const close = await client.frame();
  assert.equal(close?.opcode, OPCODE.close);
  assert.equal(new DataView(close.payload.buffer, close.payload.byteOffset).getUint16(0), 4203);
});

const FLOOD = 5_000;

type Burst = (server: PeerServer, reader: SeededPerson, room: string) => Promise<Disposable>;

/** MiB by which the process may grow: answers that nobody reads, and what it took to make them. */
const GROWTH = 600;

/** Hundreds of requests at once, each for as much as an answer may hold; no answer is read. */
const bursts: Record<string, Burst> = {
  "frames": async (server, reader, conversation) => {
    const silent = await openSilentReader(server.port, await reader.ticket());
    const ask = { type: "conversation.history", ref: 1, conversation, limit: 200 };
    await silent.write(repeated(rawFrame(OPCODE.text, JSON.stringify(ask)), 500));
    return silent;
  },
  "requests": async (server, reader, conversation) => {
    const ask = `GET /api/v1/conversations/${conversation}/messages?limit=200 HTTP/1.1\r\n` +
      `Host: 127.0.0.1\r\nAuthorization: Bearer ${await reader.token()}\r\n\r\n`;
    // As many as a connection may send without waiting, over ten of them.
    const cleanup = new DisposableStack();
    for (let n = 0; n < 10; n++) cleanup.use(await openRaw(server.port, ask.repeat(50)));
    return cleanup;
  },
};
for (const [what, burst] of Object.entries(bursts)) {
  testOnDatabases(`a burst of ${what} for long pages does not hold up messages`, async (kind) => {
    await using server = await startPeerServer(LIMITED, kind);
    const [speaker, reader, other] = [
      await server.person(),
      await server.person(),
      await server.person(),
    ];
    const { sql } = server.database;
    const long = await seedGroup(sql, [speaker.id, reader.id]);
    const room = await seedGroup(sql, [speaker.id, other.id]);
    await using client = await openGoodClient(server.port, await speaker.ticket());
    for (let n = 0; n < 80; n++) {
      assert.equal((await client.say(long, "👋".repeat(1_500))).type, "ok");
    }
    const before = await server.memory();
    using _reading = await burst(server, reader, long);
    let slowest = 0;
    for (let n = 0; n < 15; n++) {
      const began = performance.now();
      assert.equal((await client.say(room)).type, "ok");
      slowest = Math.max(slowest, performance.now() - began);
      await pause(PACE);
    }
    const grown = await server.memory() - before;
    tell(
      `${kind.name}: 500 ${what} for pages at once, a message took at most ` +
        `${Math.round(slowest)} ms, the process grew by ${Math.round(grown)} MiB`,
    );
    // All of them at once took 3 to 13 s, and 200 to 900 MiB.
    assert.ok(slowest < 1_500, `a message took ${slowest} ms`);
    assert.ok(grown < GROWTH, `the process grew by ${grown} MiB`);
    await server.checkUnharmed();
  });
}

/** Sends frames as fast as they go, and collects what comes until the close. */
async function flood(
  server: PeerServer,
  ticket: string,
  frame: (ref: number) => string,
): Promise<{ answers: Answer[]; code: number; sent: number }> {
  const socket = new WebSocket(`ws://127.0.0.1:${server.port}${CHAT}`, [
    "parley.v1",
    `ticket.${ticket}`,
  ]);
  const answers: Answer[] = [];
  const ready = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<number>();
  socket.on("error", () => {});
  socket.on("close", closed.resolve);
  socket.on("message", (data) => {
    const answer: Answer = JSON.parse(data.toString());
    if (answer.type === "session.ready") ready.resolve();
    else if (answer.ref !== undefined) answers.push(answer);
  });
  await within(ready.promise, "session.ready", 20_000);
  for (let ref = 1; ref <= FLOOD; ref++) socket.send(frame(ref));
  // The server closes; it does not wait for the end of a flood to be polite.
  return { code: await within(closed.promise, "the close", 20_000), answers, sent: FLOOD };
}

function repeated(frame: Uint8Array, times: number): Uint8Array {
  const all = new Uint8Array(frame.length * times);
  for (let index = 0; index < times; index++) all.set(frame, index * frame.length);
  return all;
}

const PAIRS = 10;
const WINDOW = 1_000;
/** Milliseconds between two messages of one pair: below what a connection may send. */
const PACE = 70;

/** Milliseconds between two writes of a flood. */
const BETWEEN = 5;

type Pair = { speaker: GoodClient; listener: GoodClient; room: string };

Deno.test("floods of every kind leave others' delivery within twice what it is without", async () => {
  await using cleanup = new AsyncDisposableStack();
  const server = cleanup.use(await startPeerServer(LIMITED));
  const open = async (ticket: string) => cleanup.use(await openGoodClient(server.port, ticket));
  const pairs: Pair[] = [];
  for (let index = 0; index < PAIRS; index++) {
    const [one, other] = [await server.person(), await server.person()];
    const room = await seedGroup(server.database.sql, [one.id, other.id]);
    const speaker = await open(await one.ticket());
    pairs.push({ speaker, listener: await open(await other.ticket()), room });
  }
  const bad = await server.person();

  /** Thousands of frames a second over one connection, which never reads its answers. */
  const frames = (frame: Uint8Array, perSecond: number) => async (going: () => boolean) => {
    const authorization = `Bearer ${await bad.ticket()}`;
    using client = await openRaw(
      server.port,
      upgradeRequest(CHAT, { "Authorization": authorization }),
    );
    await client.answer();
    const some = repeated(frame, perSecond / 1000 * BETWEEN);
    let suffered = true;
    while (going()) {
      // Once it is closed nothing more is read, and a write waits until the connection is cut.
      if (suffered) suffered = await isWritten(client.write(some));
      await pause(BETWEEN);
    }
  };
  const connections = (request: string) => async (going: () => boolean) => {
    while (going()) {
      using client = await openRaw(server.port, request);
      assert.equal((await client.answer()).status, 401);
      await pause(2 * BETWEEN);
    }
  };
  /** Requests that do not wait for each other, the last of which ends the connection. */
  const pipelined = (path: string) => async (going: () => boolean) => {
    const one = `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n`;
    const all = `${one}\r\n`.repeat(20) + `${one}Connection: close\r\n\r\n`;
    while (going()) {
      using client = await openRaw(server.port, all);
      await client.rest();
      await pause(2 * BETWEEN);
    }
  };
  const kinds: Record<string, (going: () => boolean) => Promise<void>> = {
    "messages": frames(
      rawFrame(OPCODE.text, floods["messages"]?.(1, pairs[0]?.room ?? "") ?? ""),
      5_000,
    ),
    "noise": frames(rawFrame(OPCODE.text, "{"), 5_000),
    "ping frames": frames(rawFrame(OPCODE.text, '{"type":"ping","ref":1}'), 5_000),
    "control pings": frames(rawFrame(OPCODE.ping, "x".repeat(125)), 20_000),
    "pongs": frames(rawFrame(OPCODE.pong, ""), 20_000),
    "connections without a ticket": connections(upgradeRequest(CHAT)),
    "connections with a false ticket": connections(
      upgradeRequest(CHAT, { "Authorization": `Bearer ${"x".repeat(43)}` }),
    ),
    "pipelined requests": pipelined("/healthz"),
    "pipelined refusals": pipelined("/api/v1/me"),
  };
  const measure = async (bad?: (going: () => boolean) => Promise<void>) => {
    const end = performance.now() + WINDOW;
    const going = () => performance.now() < end;
    const [, ...delays] = await Promise.all([
      bad?.(going),
      ...pairs.map((pair, index) => talk(pair, going, index * PACE / PAIRS)),
    ]);
    return delays.flat();
  };
  const told = await compareLatency(
    () => measure(),
    Object.fromEntries(Object.entries(kinds).map(([name, bad]) => [name, () => measure(bad)])),
  );
  tell(`flooding: ${told}`);
  await server.checkUnharmed();
});

async function talk({ speaker, listener, room }: Pair, going: () => boolean, offset: number) {
  listener.delays.length = 0;
  await pause(offset);
  const answers: Promise<{ type: string }>[] = [];
  while (going()) {
    answers.push(speaker.say(room));
    await pause(PACE);
  }
  for (const { type } of await Promise.all(answers)) assert.equal(type, "ok");
  await eventually(() => listener.delays.length === answers.length, "hearing it all", 20_000);
  return [...listener.delays];
}

async function isWritten(writing: Promise<void>): Promise<boolean> {
  return await Promise.race([
    writing.then(() => true, () => false),
    pause(200).then(() => false),
  ]);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
