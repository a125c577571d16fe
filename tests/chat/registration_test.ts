import assert from "node:assert/strict";
import { createRegistration } from "../../chat/registration.ts";
import type { NodeReport } from "../../lib/kv/leases.ts";
import { createFakeClock } from "../support/clock.ts";
import { createFakeLog } from "../support/fake_services.ts";
import { createReport } from "../support/speaking_node.ts";

/** A node, and a status service that answers as the test says. */
function setUp() {
  const clock = createFakeClock();
  const now = { open: true, connections: 0 };
  const said: NodeReport[] = [];
  let answer = () => Promise.resolve();
  const tell = async (report: NodeReport) => {
    await answer();
    said.push(report);
    return { lapsed: false, others: "" };
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

Deno.test("createRegistration renews every five seconds, with what is true by then", async () => {
  const { registration, said, now, seconds } = setUp();
  await registration.renew();
  now.connections = 7;
  assert.equal(await seconds(4), 0);
  assert.equal(await seconds(1), 1);
  assert.equal(await seconds(20), 4);
  const { connections, delay, draining, epoch } = said.at(-1) ?? assert.fail();
  assert.deepEqual([connections, delay, draining, epoch], [7, 3, false, registration.epoch]);
});

Deno.test("createRegistration says within a tick that the node is full, and that it is not", async () => {
  const { now, seconds } = setUp();
  assert.equal(await seconds(1), 1);
  now.open = false;
  assert.equal(await seconds(4), 1);
  now.open = true;
  assert.equal(await seconds(4), 1);
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
  assert.equal(await seconds(5), 1);
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
  const leaving = registration.leave();
  await new Promise((resolve) => setTimeout(resolve, 0));
  assert.equal(said.length, 0);
  first.resolve();
  await Promise.all([renewal, drain, leaving]);
  assert.deepEqual(said.map(({ draining }) => draining), [false, true, true]);
});
