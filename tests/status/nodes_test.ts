import assert from "node:assert/strict";
import type { Balance } from "../../lib/config.ts";
import type { NodeReport } from "../../lib/kv/leases.ts";
import type { Timers } from "../../lib/timers.ts";
import type { Wanted } from "../../status/nodes.ts";
import { createStatus, type Status } from "../../status/service.ts";
import { createFakeClock } from "../support/clock.ts";
import { eventually } from "../support/deadline.ts";
import { createFakeLog } from "../support/fake_services.ts";
import { createFakeTimers } from "../support/fake_timers.ts";
import { sharesOf } from "../support/nodes_of.ts";
import { createRandom } from "../support/random.ts";
import { createReport } from "../support/speaking_node.ts";
import { statusParts } from "../support/status_parts.ts";

/** Status services on one store, which can be taken away, and nodes that speak to any of them. */
async function setUp() {
  const cleanup = new AsyncDisposableStack();
  const directory = await Deno.makeTempDir({ prefix: "parley-" });
  cleanup.defer(() => Deno.remove(directory, { recursive: true }));
  const clock = createFakeClock();
  const log = createFakeLog();
  const timers = createFakeTimers();
  const random = createRandom(3);
  const world = {
    clock,
    log,
    timers,
    /** What the store does instead of answering. */
    instead: undefined as (() => Promise<never>) | undefined,
    reads: 0,
    /** What the next write of a lease waits for before it is made; and whether that has come to an end. */
    holdWrite: undefined as Promise<void> | undefined,
    landed: false,
    /** Another process would open the file again, and so does each service. */
    service: async (balance: Balance = "least-connections"): Promise<Status> => {
      const kv = await Deno.openKv(`${directory}/kv.sqlite`);
      cleanup.defer(() => kv.close());
      const own: Timers = { ...timers, random: random.next };
      return createStatus(statusParts({ kv: guarded(kv), clock, log, timers: own, balance }));
    },
    [Symbol.asyncDispose]: () => cleanup.disposeAsync(),
  };
  const held = (write: Deno.AtomicOperation) => {
    const { holdWrite } = world;
    if (holdWrite === undefined) return write;
    world.holdWrite = undefined;
    const commit = write.commit.bind(write);
    write.commit = async () => {
      await holdWrite;
      const done = await commit();
      setTimeout(() => world.landed = true, 50);
      return done;
    };
    return write;
  };
  const guarded = (kv: Deno.Kv) =>
    new Proxy(kv, {
      get: (_, name) => {
        const value = Reflect.get(kv, name);
        if (typeof value !== "function") return value;
        return (...args: unknown[]) => {
          if (name === "list") world.reads++;
          const { instead } = world;
          if (instead === undefined && name === "atomic") return held(kv.atomic());
          if (instead === undefined) return value.apply(kv, args);
          return name === "list"
            ? { [Symbol.asyncIterator]: () => ({ next: instead }) }
            : instead();
        };
      },
    });
  return world;
}

const away = () => Promise.reject(new Error("the store is away"));

let clients = 0;

function pick({ nodes }: Status, change: Partial<Wanted> = {}): Promise<string | undefined> {
  const address = `10.2.${++clients >> 8 & 255}.${clients & 255}`;
  return nodes.pick({ exclude: [], region: "local", address, here: null, ...change })
    .then((node) => node?.id);
}

async function picks(services: readonly Status[], count: number): Promise<(string | undefined)[]> {
  const found: (string | undefined)[] = [];
  for (let n = 0; n < count; n++) {
    found.push(await pick(services[n % services.length] ?? assert.fail()));
  }
  return found;
}

function assertShares(
  found: readonly (string | undefined)[],
  expected: Record<string, number>,
): void {
  const shares = sharesOf(found);
  assert.deepEqual(Object.keys(shares).sort(), Object.keys(expected).sort());
  for (const [node, share] of Object.entries(expected)) {
    assert.ok(Math.abs((shares[node] ?? 0) - share) <= 0.05 * share, JSON.stringify(shares));
  }
}

const names = ["a", "b", "c"];
const reports = (change: (node: string) => Partial<NodeReport> = () => ({})) =>
  names.map((node) => createReport({ node, ...change(node) }));
const THIRDS = { a: 1 / 3, b: 1 / 3, c: 1 / 3 };

Deno.test("createNodes spreads a burst evenly over equal nodes, by one service and by two", async () => {
  for (const count of [1, 2]) {
    await using world = await setUp();
    const services = await Promise.all(Array.from({ length: count }, () => world.service()));
    for (const report of reports()) await services[0]?.nodes.renew(report);
    assertShares(await picks(services, 3_000), THIRDS);
  }
});

Deno.test("createNodes keeps to weights of 2, 1 and 1, by one service and by two", async () => {
  for (const balance of ["least-connections", "weighted"] as const) {
    for (const count of [1, 2]) {
      await using world = await setUp();
      const services = await Promise.all(
        Array.from({ length: count }, () => world.service(balance)),
      );
      for (const report of reports((node) => ({ weight: node === "a" ? 2 : 1 }))) {
        await services[0]?.nodes.renew(report);
      }
      assertShares(await picks(services, 3_000), { a: 0.5, b: 0.25, c: 0.25 });
    }
  }
});

Deno.test("createNodes sends an address to the same node by whichever service", async () => {
  await using world = await setUp();
  const [one, two] = [await world.service("ip-hash"), await world.service("ip-hash")];
  const all = reports();
  for (const report of all) await one.nodes.renew(report);
  const addresses = Array.from({ length: 600 }, (_, n) => `192.0.2.${n % 256}:${n}`);
  const chosen = async (by: Status) =>
    await Promise.all(addresses.map((address) => pick(by, { address })));
  const before = await chosen(one);
  assert.deepEqual(await chosen(two), before);
  await one.nodes.leave(all[1] ?? assert.fail());
  world.clock.advance(1_000);
  const after = await chosen(two);
  const moved = before.filter((node, n) => node !== after[n]);
  assert.deepEqual(new Set(moved), new Set(["b"]));
  assert.ok(moved.length <= 0.4 * addresses.length, String(moved.length));
});

Deno.test("createNodes goes on evenly through reports in the middle of a burst", async () => {
  await using world = await setUp();
  const services = [await world.service()];
  const held = new Map(names.map((node) => [node, 0]));
  const all = reports();
  const report = (node: number) => {
    const one = all[node] ?? assert.fail();
    return services[node % services.length]?.nodes.renew({
      ...one,
      connections: held.get(one.node) ?? 0,
    });
  };
  for (const node of [0, 1, 2]) await report(node);
  const found: (string | undefined)[] = [];
  // Every node reports each five seconds, at another time; a client connects at once.
  for (let n = 0; n < 3_000; n++) {
    if (n % 50 === 0) world.clock.advance(200);
    if (n % 1_250 === 300) await report(0);
    if (n % 1_250 === 700) await report(1);
    if (n % 1_250 === 1_200) await report(2);
    const node = await pick(services[n % services.length] ?? assert.fail());
    found.push(node);
    held.set(node ?? "", (held.get(node ?? "") ?? 0) + 1);
  }
  assertShares(found, THIRDS);
});

Deno.test("createNodes counts tickets until the report that may show them, and stops at the capacity", async () => {
  await using world = await setUp();
  const status = await world.service();
  const full = createReport({ node: "a", connections: 2, capacity: 5 });
  await status.nodes.renew(full);
  assert.deepEqual(await picks([status], 4), ["a", "a", "a", undefined]);
  world.clock.advance(5_000);
  // Only one of them came.
  await status.nodes.renew({ ...full, connections: 3 });
  assert.deepEqual(await picks([status], 3), ["a", "a", undefined]);
});

Deno.test("createNodes shares a node's tickets among its isolates, each of which reports by itself", async () => {
  await using world = await setUp();
  const status = await world.service();
  const one = createReport({ node: "a", origin: "a.1", capacity: 10 });
  const two = createReport({ node: "a", origin: "a.2", capacity: 10 });
  for (const report of [one, two]) await status.nodes.renew(report);
  assert.equal((await picks([status], 21)).filter((node) => node === "a").length, 20);
  world.clock.advance(1);
  await status.nodes.renew({ ...one, connections: 4 });
  // The other one's ten may still be on their way.
  assert.equal((await picks([status], 7)).filter((node) => node === "a").length, 6);
});

Deno.test("createNodes leaves out whose lease has ended, by the injected clock", async () => {
  await using world = await setUp();
  const [one, two] = [await world.service(), await world.service()];
  await one.nodes.renew(createReport({ node: "a" }));
  world.clock.advance(14_999);
  assert.deepEqual([await pick(one), await pick(two)], ["a", "a"]);
  world.clock.advance(1);
  assert.deepEqual([await pick(one), await pick(two)], [undefined, undefined]);
});

Deno.test("createNodes sends nobody to who drains: at once here, within a second elsewhere", async () => {
  await using world = await setUp();
  const [one, two] = [await world.service(), await world.service()];
  const [a, b] = reports();
  assert.ok(a && b);
  for (const report of [a, b]) await one.nodes.renew(report);
  assert.equal(new Set(await picks([one, two], 40)).size, 2);
  await one.nodes.renew({ ...a, draining: true });
  assert.deepEqual(new Set(await picks([one], 20)), new Set(["b"]));
  world.clock.advance(1_000);
  assert.deepEqual(new Set(await picks([two], 20)), new Set(["b"]));
  await two.nodes.leave(b);
  assert.equal(await pick(two), undefined);
  world.clock.advance(1_000);
  assert.equal(await pick(one), undefined);
});

Deno.test("createNodes reads the leases once a second, however many ask", async () => {
  await using world = await setUp();
  const [one, two] = [await world.service(), await world.service()];
  await one.nodes.renew(createReport({ node: "a" }));
  world.reads = 0;
  await Promise.all(Array.from({ length: 500 }, () => pick(two)));
  world.clock.advance(999);
  await picks([two], 500);
  assert.equal(world.reads, 1);
  world.clock.advance(1);
  await Promise.all(Array.from({ length: 500 }, () => pick(two)));
  assert.equal(world.reads, 2);
});

Deno.test("createNodes names a node without an address only to the gate of its own process", async () => {
  await using world = await setUp();
  const status = await world.service();
  await status.nodes.renew(createReport({ node: "laptop", url: null }));
  assert.equal(await pick(status), undefined);
  assert.equal(await pick(status, { here: "another" }), undefined);
  assert.equal(await pick(status, { here: "laptop" }), "laptop");
  await status.nodes.renew(createReport({ node: "public" }));
  assert.deepEqual(new Set(await picks([status], 20)), new Set(["public"]));
});

Deno.test("createNodes goes on with what was last known while the store is away", async () => {
  await using world = await setUp();
  const [one, two] = [await world.service(), await world.service()];
  for (const report of reports()) await one.nodes.renew(report);
  assert.ok(await pick(two));
  world.instead = away;
  for (let minute = 0; minute < 10; minute++) {
    world.clock.advance(60_000);
    for (const service of [one, two]) {
      assert.equal(new Set(await picks([service], 40)).size, 3, `minute ${minute}`);
    }
  }
  world.instead = undefined;
  world.clock.advance(1_000);
  // Nobody has renewed since: what the store says counts again.
  await eventually(async () => await pick(one) === undefined, "that the store is back");
  for (const report of reports()) await two.nodes.renew(report);
  world.clock.advance(1_000);
  await eventually(async () => await pick(one) !== undefined, "that nodes are back");
  const told = world.log.lines.map((line) => line.split(" ")[0]);
  // Two services: each says once that it is away, and once that it is back.
  assert.deepEqual(told, [
    ...["status.store-away", "status.store-away"],
    ...["status.store-back", "status.store-back"],
  ]);
});

Deno.test("createNodes hears nodes also while the store is away, and from the very start", async () => {
  await using world = await setUp();
  world.instead = away;
  const status = await world.service();
  const report = createReport({ node: "laptop", url: null });
  const renew = () => assert.rejects(status.nodes.renew(report), { code: "unavailable" });
  await renew();
  assert.equal(await pick(status, { here: "laptop" }), "laptop");
  // As registration does: again and again.
  for (let second = 0; second < 30; second++) {
    world.clock.advance(1_000);
    await renew();
    assert.equal(await pick(status, { here: "laptop" }), "laptop");
  }
  // Whoever speaks here and stops is gone after fifteen seconds all the same.
  world.clock.advance(14_999);
  assert.equal(await pick(status, { here: "laptop" }), "laptop");
  world.clock.advance(1);
  // Another status service may know more.
  await assert.rejects(pick(status, { here: "laptop" }), { code: "unavailable" });
  await renew();
  await assert.rejects(status.nodes.leave(report), { code: "unavailable" });
  await assert.rejects(pick(status, { here: "laptop" }), { code: "unavailable" });
  world.instead = undefined;
  assert.deepEqual(await status.nodes.renew(report), { lapsed: true, others: [] });
  assert.equal(await pick(status, { here: "laptop" }), "laptop");
  assert.deepEqual(
    world.log.lines.map((line) => line.split(" ")[0]),
    ["status.store-away", "status.store-back"],
  );
});

Deno.test("createNodes believes the newer of what it heard and what is stored", async () => {
  await using world = await setUp();
  const [one, two] = [await world.service(), await world.service()];
  const report = createReport({ node: "a" });
  world.instead = away;
  await assert.rejects(one.nodes.renew({ ...report, draining: true }));
  assert.equal(await pick(one), undefined);
  world.instead = undefined;
  world.clock.advance(2_000);
  await two.nodes.renew(report);
  await eventually(async () => await pick(one) === "a", "what it said elsewhere");
});

Deno.test("createNodes makes no client wait for a store that does not answer, but the first", async () => {
  await using world = await setUp();
  const status = await world.service();
  await status.nodes.renew(createReport({ node: "a" }));
  world.instead = () => new Promise(() => {});
  world.clock.advance(1_000);
  const first = pick(status);
  const answers: (string | undefined)[] = [];
  first.then((node) => answers.push(node));
  await world.timers.pass(1_900);
  assert.deepEqual(answers, []);
  await world.timers.pass(200);
  assert.deepEqual(answers, ["a"]);
  for (let second = 0; second < 20; second++) {
    world.clock.advance(1_000);
    assert.equal(await pick(status), "a");
  }
  const renewal = assert.rejects(status.nodes.renew(createReport({ node: "a" })));
  await world.timers.pass(2_000);
  await renewal;
});

Deno.test("createNodes lets no report that took longer undo a later one, wherever it was said", async () => {
  await using world = await setUp();
  const [one, two, reader] = [await world.service(), await world.service(), await world.service()];
  const report = createReport({ node: "a" });
  await one.nodes.renew({ ...report, number: 1 });
  await two.nodes.leave({ ...report, number: 3 });
  world.clock.advance(1_000);
  // It hung on its way, and lands now.
  await one.nodes.renew({ ...report, number: 2 });
  world.clock.advance(1_000);
  for (const status of [one, two, reader]) assert.equal(await pick(status), undefined);
  // The next life begins to count anew.
  await one.nodes.renew({ ...report, epoch: "next", number: 0 });
  world.clock.advance(1_000);
  for (const status of [one, two, reader]) assert.equal(await pick(status), "a");
});

Deno.test("createNodes writes nothing of what was given up once something later is stored", async () => {
  await using world = await setUp();
  const status = await world.service();
  const report = createReport({ node: "a" });
  await status.nodes.renew({ ...report, number: 0 });
  const held = Promise.withResolvers<void>();
  world.holdWrite = held.promise;
  const given = assert.rejects(status.nodes.renew({ ...report, number: 1 }), {
    code: "unavailable",
  });
  await eventually(() => world.holdWrite === undefined, "the write");
  await world.timers.pass(2_000);
  await given;
  await status.nodes.leave({ ...report, number: 2 });
  held.resolve();
  await eventually(() => world.landed, "the write that was given up");
  world.clock.advance(1_000);
  assert.equal(await pick(await world.service()), undefined);
});
