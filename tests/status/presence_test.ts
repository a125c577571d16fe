import assert from "node:assert/strict";
import { newId } from "../../lib/ids.ts";
import { openKv } from "../../lib/kv/open.ts";
import type { Here } from "../../lib/kv/presence.ts";
import type { Seen } from "../../status/presence.ts";
import { createStatus } from "../../status/service.ts";
import { createFakeClock } from "../support/clock.ts";
import { within } from "../support/deadline.ts";
import { createFakeLog } from "../support/fake_services.ts";
import { createFakeTimers } from "../support/fake_timers.ts";
import { createSpeakingNode, type SpeakingNode } from "../support/speaking_node.ts";
import { statusParts } from "../support/status_parts.ts";

const ann = newId();
const ben = newId();

/** A store in memory, and nodes on one clock that say who is there. */
async function setUp() {
  const cleanup = new AsyncDisposableStack();
  const kv = await Deno.openKv(":memory:");
  cleanup.defer(() => kv.close());
  const clock = createFakeClock();
  const timers = createFakeTimers();
  const start = async (node: string): Promise<SpeakingNode> => {
    const presence = createSpeakingNode(createStatus(statusParts({ kv, clock, timers })), node);
    await presence.renew();
    return presence;
  };
  return {
    kv,
    clock,
    timers,
    start,
    at: (ms = clock.now()) => new Date(ms).toISOString(),
    [Symbol.asyncDispose]: () => cleanup.disposeAsync(),
  };
}

function write(presence: SpeakingNode, changes: Record<string, Here | undefined>): Promise<Seen[]> {
  return presence.write(new Map(Object.entries(changes)));
}

async function stateOf(presence: SpeakingNode, user: string): Promise<[string, string | null]> {
  const [seen] = await presence.read([user]);
  assert.equal(seen?.user, user);
  return [seen.state, seen.lastSeenAt];
}

Deno.test("createPresence says on every node who is there, and since when nobody is", async () => {
  await using world = await setUp();
  const [one, two] = [await world.start("one"), await world.start("two")];
  assert.deepEqual(await stateOf(two, ann), ["offline", null]);
  const [seen] = await write(one, { [ann]: "away" });
  assert.deepEqual([seen?.user, seen?.state, seen?.lastSeenAt], [ann, "away", null]);
  assert.deepEqual(await stateOf(two, ann), ["away", null]);
  world.clock.advance(5_000);
  const gone = await write(one, { [ann]: undefined, [ben]: undefined });
  assert.deepEqual(gone.map(({ user, state }) => [user, state]), [[ann, "offline"]]);
  assert.deepEqual(await stateOf(two, ann), ["offline", world.at()]);
  assert.ok((seen?.version ?? "") < (gone[0]?.version ?? ""), "a later one is greater");
});

Deno.test("createPresence counts a person's devices as one: busy, else online, else away", async () => {
  await using world = await setUp();
  const [one, two] = [await world.start("one"), await world.start("two")];
  const cases: [Here, Here, Here][] = [
    ["away", "away", "away"],
    ["online", "away", "online"],
    ["away", "online", "online"],
    ["online", "busy", "busy"],
    ["busy", "away", "busy"],
  ];
  for (const [here, there, both] of cases) {
    await write(one, { [ann]: here });
    await write(two, { [ann]: there });
    assert.deepEqual(await stateOf(one, ann), [both, null]);
  }
  // Gone here, and still there: nobody has to be told anything but another state.
  assert.deepEqual((await write(one, { [ann]: undefined })).map(({ state }) => state), ["away"]);
  assert.deepEqual(await write(one, { [ann]: undefined }), []);
  assert.deepEqual(await stateOf(two, ann), ["away", null]);
});

Deno.test("createPresence keeps what two nodes write of one person at the same moment", async () => {
  await using world = await setUp();
  const nodes = await Promise.all(["one", "two", "three"].map(world.start));
  for (let round = 0; round < 5; round++) {
    const user = newId();
    await Promise.all(nodes.map((node) => write(node, { [user]: "online" })));
    await Promise.all(nodes.slice(1).map((node) => write(node, { [user]: undefined })));
    const [first] = nodes;
    assert.ok(first);
    assert.deepEqual(await stateOf(first, user), ["online", null]);
    await write(first, { [user]: undefined });
    assert.equal((await stateOf(first, user))[0], "offline");
  }
});

Deno.test("createPresence lets what a dead node said end with its lease, without a write", async () => {
  await using world = await setUp();
  const { clock, kv } = world;
  const [dead, alive] = [await world.start("dead"), await world.start("alive")];
  await write(dead, { [ann]: "online" });
  clock.advance(4_000);
  await dead.renew();
  const lastRenewal = clock.now();
  const before = await kv.get(["presence", ann]);
  clock.advance(14_000);
  await alive.renew();
  assert.equal((await stateOf(alive, ann))[0], "online");
  clock.advance(1_000);
  assert.deepEqual(await stateOf(alive, ann), ["offline", world.at(lastRenewal)]);
  assert.deepEqual(await kv.get(["presence", ann]), before);
  assert.deepEqual(await alive.renew(), { lapsed: false, others: [] });
});

Deno.test("createPresence revives nobody when a node starts again under the same id", async () => {
  await using world = await setUp();
  const first = await world.start("same");
  await write(first, { [ann]: "busy", [ben]: "online" });
  world.clock.advance(1_000);
  const again = await world.start("same");
  for (const user of [ann, ben]) assert.equal((await stateOf(again, user))[0], "offline");
  await write(again, { [ben]: "away" });
  assert.deepEqual(await stateOf(again, ben), ["away", null]);
  assert.equal((await stateOf(again, ann))[0], "offline");
});

Deno.test("createPresence ends at once what a node said that goes in good order", async () => {
  await using world = await setUp();
  const [going, staying] = [await world.start("going"), await world.start("staying")];
  const { epoch } = going.report;
  assert.deepEqual(await staying.renew(), {
    lapsed: false,
    others: [{ origin: "going", node: "going", epoch }],
  });
  await write(going, { [ann]: "online" });
  world.clock.advance(700);
  await going.end();
  assert.deepEqual(await stateOf(staying, ann), ["offline", world.at()]);
  assert.deepEqual(await staying.renew(), { lapsed: false, others: [] });
});

Deno.test("createPresence notices that its lease has lapsed", async () => {
  await using world = await setUp();
  const presence = await world.start("slow");
  assert.deepEqual(await presence.renew(), { lapsed: false, others: [] });
  world.clock.advance(15_000);
  assert.deepEqual(await presence.renew(), { lapsed: true, others: [] });
  await world.kv.delete(["leases", "slow"]);
  assert.equal((await presence.renew()).lapsed, true);
});

Deno.test("createPresence says unknown while the store is away, and of everyone asked", async () => {
  const kv = await Deno.openKv(":memory:");
  const parts = statusParts({ kv });
  const presence = createSpeakingNode(createStatus(parts), "one");
  await presence.renew();
  kv.close();
  assert.deepEqual(
    (await presence.read([ann, ben])).map(({ user, state }) => [user, state]),
    [[ann, "unknown"], [ben, "unknown"]],
  );
  await assert.rejects(write(presence, { [ann]: "online" }));
  await assert.rejects(presence.renew());
});

Deno.test("createPresence says unknown as long as nothing can be written, though it can be read", async () => {
  using kv = await Deno.openKv(":memory:");
  let refuses = false;
  const locked = new Proxy(kv, {
    get: (kv, name) => {
      if (name === "atomic" && refuses) throw new Error("no more writes");
      const value = Reflect.get(kv, name);
      return typeof value === "function" ? value.bind(kv) : value;
    },
  });
  const log = createFakeLog();
  const node = createSpeakingNode(createStatus(statusParts({ kv: locked, log })), "one");
  await node.renew();
  await write(node, { [ann]: "online" });
  refuses = true;
  for (let tries = 0; tries < 3; tries++) {
    await assert.rejects(write(node, { [ben]: "online" }));
    assert.deepEqual(await stateOf(node, ann), ["unknown", null]);
  }
  refuses = false;
  await write(node, { [ben]: "online" });
  assert.deepEqual(await stateOf(node, ann), ["online", null]);
  assert.deepEqual(log.lines.map((line) => line.split(" ")[0]), [
    "status.store-away",
    "status.store-back",
  ]);
});

Deno.test("createPresence waits two seconds for a store that does not answer", async () => {
  const never = new Promise<never>(() => {});
  const silent = {
    getMany: () => never,
    list: () => ({ [Symbol.asyncIterator]: () => ({ next: () => never }) }),
  } as unknown as Deno.Kv;
  const timers = createFakeTimers();
  const { presence } = createStatus(statusParts({ kv: silent, timers }));
  const answers: Seen[][] = [];
  presence.read([ann]).then((answer) => answers.push(answer));
  await timers.pass(1_900);
  assert.equal(answers.length, 0);
  await timers.pass(200);
  assert.equal(answers[0]?.[0]?.state, "unknown");
});

Deno.test("createPresence writes a hundred people at once", async () => {
  await using world = await setUp();
  let commits = 0;
  const counting = new Proxy(world.kv, {
    get: (kv, name) => {
      if (name === "atomic") commits++;
      const value = Reflect.get(kv, name);
      return typeof value === "function" ? value.bind(kv) : value;
    },
  });
  const parts = statusParts({ ...world, kv: counting });
  const presence = createSpeakingNode(createStatus(parts), "one");
  await presence.renew();
  commits = 0;
  const users = Array.from({ length: 1_050 }, newId);
  await presence.write(new Map(users.map((user) => [user, "online" as const])));
  assert.equal(commits, 11);
  const states = (await presence.read(users)).map(({ user, state }) => [user, state]);
  assert.deepEqual(states, users.map((user) => [user, "online"]));
});

/** A node in a process of its own has said who is there. */
async function startProcess(...args: string[]): Promise<Deno.ChildProcess> {
  const script = new URL("../support/presence_process.ts", import.meta.url).pathname;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--unstable-kv", script, ...args],
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  const { value } = await within(reader.read(), "that it said so", 30_000);
  await reader.cancel();
  assert.equal(new TextDecoder().decode(value), "said\n");
  return child;
}

Deno.test("createPresence: a process that is killed takes its people along, and back under its id revives none", async () => {
  await using cleanup = new AsyncDisposableStack();
  const directory = await Deno.makeTempDir({ prefix: "parley-" });
  cleanup.defer(() => Deno.remove(directory, { recursive: true }));
  const path = `${directory}/kv.sqlite`;
  const kv = await openKv(path);
  cleanup.defer(() => kv.close());
  // Time passes by leaps, so that nobody has to wait for a lease to end.
  let ahead = 0;
  const clock = { now: () => Date.now() + ahead };
  const watcher = createSpeakingNode(createStatus(statusParts({ kv, clock })), "watcher");
  const start = async (...people: string[]) => {
    const child = await startProcess(path, "one", ...people);
    cleanup.defer(async () => {
      try {
        child.kill("SIGKILL");
      } catch {
        // It is dead already.
      }
      await child.status;
    });
    return child;
  };
  const states = async () => (await watcher.read([ann, ben])).map(({ state }) => state);

  const first = await start(ann, ben);
  assert.deepEqual(await states(), ["online", "online"]);
  first.kill("SIGKILL");
  await first.status;
  // At once under the same id, while the lease of the first life would still be good.
  const second = await start(ben);
  assert.deepEqual(await states(), ["offline", "online"]);
  second.kill("SIGKILL");
  await second.status;
  assert.deepEqual(await states(), ["offline", "online"]);
  const before = await kv.get(["presence", ben]);
  ahead = 15_000;
  assert.deepEqual(await states(), ["offline", "offline"]);
  assert.deepEqual(await kv.get(["presence", ben]), before, "nobody had to write it");
});

Deno.test("createPresence writes 20,000 people of a node, and they end with its lease", async () => {
  await using world = await setUp();
  const [one, two] = [await world.start("one"), await world.start("two")];
  const users = Array.from({ length: 20_000 }, newId);
  const told = await one.write(new Map(users.map((user) => [user, "online"])));
  assert.equal(told.length, users.length);
  const some = users.filter((_, n) => n % 100 === 7);
  const seen = await two.read(users);
  assert.deepEqual(seen.map(({ user }) => user), users);
  assert.ok(seen.every(({ state }) => state === "online"));
  world.clock.advance(15_000);
  assert.ok((await two.read(some)).every(({ state }) => state === "offline"));
});

Deno.test("createPresence writes nothing more of what it was told too slowly", async () => {
  await using world = await setUp();
  const held = Promise.withResolvers<void>();
  let slow = false;
  const kv = new Proxy(world.kv, {
    get: (kv, name) => {
      const value = Reflect.get(kv, name);
      if (typeof value !== "function") return value;
      if (name !== "getMany" || !slow) return value.bind(kv);
      return async (...args: unknown[]) => {
        await held.promise;
        return value.apply(kv, args);
      };
    },
  });
  const one = createSpeakingNode(createStatus(statusParts({ ...world, kv })), "one");
  await one.renew();
  slow = true;
  const given = assert.rejects(write(one, { [ann]: "online" }), { code: "unavailable" });
  await settleAll();
  await world.timers.pass(2_000);
  await given;
  slow = false;
  await write(one, { [ann]: "busy" });
  held.resolve();
  await settleAll();
  assert.deepEqual(await stateOf(one, ann), ["busy", null]);
});

function settleAll(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 30));
}
