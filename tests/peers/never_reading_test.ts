/** Members who never read: they are cut, nobody else notices, and they find everything later. */
import assert from "node:assert/strict";
import { tell } from "../support/campaign.ts";
import { checkLog, checkView } from "../support/check_history.ts";
import { eventually } from "../support/deadline.ts";
import { type GoodClient, openGoodClient } from "../support/good_client.ts";
import { compareLatency } from "../support/latency.ts";
import { type SeededPerson, startPeerServer } from "../support/peer_server.ts";
import { seedGroup } from "../support/seed.ts";
import { readTcpConnections } from "../support/tcp_connections.ts";
import { countConnected, openSilentReader, type SilentReader } from "../support/silent_reader.ts";

/** As long as a message may be, in characters and in bytes: it fills the kernels' buffers. */
const LONG = "👋".repeat(7_950);
/** What is said while it is measured. */
const SHORT = "👋".repeat(1_000);
const PACE = 8;
const KIB = 1024;
/** Bytes that may be queued in the server for one client, as the design promises. */
const CUT_AT = 1024 * KIB;
const CROWD = 50;
/** MiB that one of the crowd may cost: what is queued for it, and as much again until it is freed. */
const MIB_EACH = 2;
/** MiB by which the process may grow whatever the crowd does: it stores messages meanwhile. */
const MIB_OTHERWISE = 150;
/** Messages and answers that are on their way while a sample is taken. */
const SLACK = 256 * KIB;

async function startGroup(others: number) {
  await using cleanup = new AsyncDisposableStack();
  const server = cleanup.use(await startPeerServer());
  const people = await Promise.all(Array.from({ length: others + 4 }, () => server.person()));
  const room = await seedGroup(server.database.sql, people.map(({ id }) => id));
  const members: GoodClient[] = [];
  for (const person of people.slice(0, 4)) {
    members.push(cleanup.use(await openGoodClient(server.port, await person.ticket())));
  }
  const [speaker, ...listeners] = members;
  if (speaker === undefined) throw new Error("nobody speaks");
  const resources = cleanup.move();
  return {
    server,
    room,
    speaker,
    listeners,
    bad: people.slice(4),
    /** A connection of someone who comes back: a new ticket, and the log page by page. */
    comeBack: async (person: SeededPerson) => {
      await using client = await openGoodClient(server.port, await person.ticket());
      return await client.readAll(room);
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

type Group = Awaited<ReturnType<typeof startGroup>>;

/** Says something again and again until `done`, and gives the delays of what the others heard. */
async function speak(
  { speaker, listeners, room }: Group,
  done: () => Promise<boolean>,
): Promise<number[]> {
  for (const { delays } of listeners) delays.length = 0;
  const answers: Promise<unknown>[] = [];
  while (!await done()) {
    answers.push(speaker.say(room, SHORT));
    await new Promise((resolve) => setTimeout(resolve, PACE));
  }
  await Promise.all(answers);
  await heard(listeners, answers.length);
  return listeners.flatMap(({ delays }) => delays);
}

async function heard(listeners: readonly GoodClient[], count: number): Promise<void> {
  const all = () => listeners.every(({ delays }) => delays.length === count);
  await eventually(all, "hearing everything", 20_000);
}

/** Says so much that the kernels of both ends of `readers` take no more. */
async function fillKernels(group: Group, readers: readonly SilentReader[]): Promise<void> {
  const { speaker, listeners, room } = group;
  while (true) {
    const before = await readers[0]?.inKernels() ?? 0;
    for (const { delays } of listeners) delays.length = 0;
    await Promise.all(Array.from({ length: 8 }, () => speaker.say(room, LONG)));
    await heard(listeners, 8);
    if ((await readers[0]?.inKernels() ?? 0) === before) return;
  }
}

Deno.test("a member who never reads is cut at 1 MiB, and nobody else waits longer for it", async () => {
  await using group = await startGroup(1);
  const { server, room, listeners: [listener], bad: [person] } = group;
  assert.ok(person !== undefined && listener !== undefined);
  const cuts: number[] = [];
  let windowLasts = 2_000;

  const quiet = () => {
    const end = performance.now() + windowLasts;
    return speak(group, async () => {
      // As in the other windows: looking costs this process time, which counts as the others' delay.
      await readTcpConnections(server.port);
      await readTcpConnections(server.port);
      return performance.now() > end;
    });
  };
  const withOne = async () => {
    using reader = await openSilentReader(server.port, await person.ticket());
    const before = listener.received - await reader.inKernels();
    await fillKernels(group, [reader]);
    const began = performance.now();
    let queued = 0;
    const delays = await speak(group, async () => {
      const received = listener.received;
      const inKernels = await reader.inKernels();
      if (await reader.serverEnd() === undefined) return true;
      queued = Math.max(queued, received - before - inKernels);
      assert.ok(queued <= CUT_AT + SLACK, `${queued} bytes are queued in the server`);
      assert.ok(performance.now() - began < 60_000, "it is not cut");
      return false;
    });
    cuts.push(queued);
    windowLasts = performance.now() - began;
    return delays;
  };
  const told = await compareLatency(quiet, { "one": withOne });

  assert.ok(cuts.every((queued) => queued > CUT_AT / 2), `cut at ${cuts} bytes`);
  tell(`never reading: ${told}; at most ${Math.round(Math.max(...cuts) / KIB)} KiB were queued`);
  const log = await checkLog(server.database.sql, room);
  checkView("who never read", await group.comeBack(person), log);
  await server.checkUnharmed();
});

Deno.test("fifty members who never read are all cut, and cost no more memory than they may", async () => {
  await using group = await startGroup(CROWD);
  const { server, room, speaker, bad } = group;
  using cleanup = new DisposableStack();
  const readers: SilentReader[] = [];
  for (const person of bad) {
    readers.push(cleanup.use(await openSilentReader(server.port, await person.ticket())));
  }
  const before = await server.memory();
  let most = 0;
  const cut = async () => {
    most = Math.max(most, await server.memory());
    return await countConnected(server.port, readers) === 0;
  };
  for (let said = 0; !await cut(); said += 8) {
    assert.ok(said < 1_000, "not all of them are cut");
    await Promise.all(Array.from({ length: 8 }, () => speaker.say(room, LONG)));
  }
  const grown = Math.round(most - before);
  tell(`a crowd of ${CROWD} that never reads: the process grew by ${grown} MiB`);
  assert.ok(grown < CROWD * MIB_EACH + MIB_OTHERWISE, `the process grew by ${grown} MiB`);
  const log = await checkLog(server.database.sql, room);
  for (const person of bad.slice(0, 3)) {
    checkView("one of the crowd", await group.comeBack(person), log);
  }
  await server.checkUnharmed();
});
