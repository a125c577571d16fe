import assert from "node:assert/strict";
import { createRegistration } from "../../chat/registration.ts";
import type { NodeReport } from "../../lib/kv/leases.ts";
import { createStatus } from "../../status/service.ts";
import { createFakeClock } from "../support/clock.ts";
import { createFakeLog } from "../support/fake_services.ts";
import { createReport } from "../support/speaking_node.ts";
import { statusParts } from "../support/status_parts.ts";

/** A node, and a status service that answers as the test says. */
function setUp() {
  const clock = createFakeClock();
  const now = { open: true, connections: 0, lapsed: false };
  const said: NodeReport[] = [];
  let answer = () => Promise.resolve();
  const tell = async (report: NodeReport) => {
    await answer();
    said.push(report);
    return { lapsed: now.lapsed, others: [] };
  };
  const log = createFakeLog();
  const registration = createRegistration({
    nodes: {
      renew: tell,
      leave: async (report) => void await tell(report),
      pick: () => assert.fail(),
    },
    self: createReport({ node: "a" }),
    load: () => ({ connections: now.connections, delay: 3 }),
    isOpen: () => now.open,
    ...{ clock, log },
  });
  return {
    ...{ clock, log, now, said, registration },
    answers: (next: () => Promise<void>) => void (answer = next),
    /** How often it spoke in so many seconds. */
    seconds: async (count: number) => {
      const before = said.length;
      for (let second = 0; second < count; second++) {
        clock.advance(1_000);
        await registration.renew().catch(() => {});
      }
      return said.length - before;
    },
  };
}

Deno.test("createRegistration renews every four seconds, with what is true by then", async () => {
  const { registration, said, now, seconds } = setUp();
  await registration.renew();
  now.connections = 7;
  assert.equal(await seconds(3), 0);
  assert.equal(await seconds(1), 1);
  assert.equal(await seconds(20), 5);
  const { connections, delay, draining, epoch } = said.at(-1) ?? assert.fail();
  assert.deepEqual([connections, delay, draining, epoch], [7, 3, false, registration.epoch]);
});

Deno.test("createRegistration says within a tick that the node is full, and that it is not", async () => {
  const { now, seconds } = setUp();
  assert.equal(await seconds(1), 1);
  now.open = false;
  assert.equal(await seconds(3), 1);
  now.open = true;
  assert.equal(await seconds(3), 1);
});

Deno.test("createRegistration tries again with each tick while nobody answers", async () => {
  const { answers, seconds, said, registration, log } = setUp();
  let asked = 0;
  answers(() => {
    asked++;
    return Promise.reject(new Error("away"));
  });
  assert.equal(await seconds(5), 0);
  assert.equal(asked, 5);
  await registration.renewAtOnce();
  assert.deepEqual(log.lines, ["registration.failed away"]);
  answers(() => Promise.resolve());
  assert.equal(await seconds(4), 1);
  assert.equal(said.length, 1);
});

Deno.test("createRegistration renews also when the clock was put back", async () => {
  const { clock, seconds } = setUp();
  await seconds(1);
  clock.advance(-600_000);
  assert.equal(await seconds(1), 1);
});

Deno.test("createRegistration says last what is true last: a renewal under way does not undo a drain", async () => {
  const { registration, answers, said } = setUp();
  const first = Promise.withResolvers<void>();
  answers(() => first.promise);
  const renewal = registration.renew();
  // Until the first one is answered nothing else is said.
  await Promise.resolve();
  answers(() => Promise.resolve());
  const drain = registration.drain();
  await new Promise((resolve) => setTimeout(resolve, 0));
  assert.equal(said.length, 0);
  first.resolve();
  await Promise.all([renewal, drain]);
  assert.deepEqual(said.map(({ draining, number }) => [draining, number]), [[false, 0], [true, 1]]);
});

Deno.test("createRegistration leaves at once, whatever hangs, and by its number that is the last word", async () => {
  const { registration, answers, said } = setUp();
  const hanging = Promise.withResolvers<void>();
  answers(() => hanging.promise);
  const renewal = registration.renew();
  await Promise.resolve();
  answers(() => Promise.resolve());
  await registration.leave();
  hanging.resolve();
  await renewal;
  assert.deepEqual(said.map(({ number }) => number), [1, 0]);
});

Deno.test("createRegistration keeps to its times however long an answer takes", async () => {
  const { clock, seconds, answers } = setUp();
  answers(() => Promise.resolve(clock.advance(600)));
  let count = 0;
  const begun = clock.now();
  while (clock.now() - begun < 60_000) count += await seconds(1);
  assert.ok(count >= 15, `${count} in a minute`);
});

Deno.test("createRegistration hands on what came of a renewal out of turn, once", async () => {
  const { registration, now, seconds } = setUp();
  now.lapsed = true;
  await registration.renewAtOnce();
  now.lapsed = false;
  assert.deepEqual(await registration.renew(), { lapsed: true, others: [] });
  assert.equal(await registration.renew(), undefined);
  assert.equal(await seconds(3), 0, "it counts as a renewal");
});

Deno.test("createRegistration says once that another process has the same name", async () => {
  const { log, now, seconds } = setUp();
  now.lapsed = true;
  await seconds(1);
  await seconds(4);
  assert.deepEqual(log.lines, [], "a new store, once");
  now.lapsed = false;
  await seconds(4);
  now.lapsed = true;
  await seconds(20);
  assert.equal(log.lines.length, 1);
  assert.match(log.lines[0] ?? "", /^registration\.contested a .*PARLEY_NODE_ID/);
});

Deno.test("createRegistration knows who else has a lease, as of the last renewal", async () => {
  using kv = await Deno.openKv(":memory:");
  const clock = createFakeClock();
  const { nodes } = createStatus(statusParts({ kv, clock }));
  const [own, one, two] = ["own", "far.1", "far.2"].map((node) => createReport({ node }));
  assert.ok(own !== undefined && one !== undefined && two !== undefined);
  const registration = createRegistration({
    ...{ nodes, self: own, clock, log: createFakeLog() },
    load: () => ({ connections: 0, delay: 0 }),
    isOpen: () => true,
  });
  await registration.renewAtOnce();
  const known = () => ["own", "far", "far.1", "far.2", ""].filter(registration.knows);
  assert.deepEqual(known(), []);
  await nodes.renew(one);
  await nodes.renew(two);
  await registration.renewAtOnce();
  assert.deepEqual(known(), ["far.1", "far.2"]);
  clock.advance(10_000);
  await nodes.renew(two);
  clock.advance(10_000);
  await registration.renewAtOnce();
  assert.deepEqual(known(), ["far.2"]);
});
