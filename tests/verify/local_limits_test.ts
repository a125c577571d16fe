import assert from "node:assert/strict";
import type { Bucket, Spent, Taken } from "../../lib/kv/buckets.ts";
import { sleep } from "../../lib/timers.ts";
import { createLimits, type SharedLimits } from "../../verify/limits.ts";
import { createLocalLimits } from "../../verify/local_limits.ts";
import { eventually } from "../support/deadline.ts";
import { createFakeClock } from "../support/clock.ts";
import { createFakeLog } from "../support/fake_services.ts";
import { createFakeTimers } from "../support/fake_timers.ts";

const bucket: Bucket = { key: ["test", "one"], perSecond: 1, burst: 20 };

/** Processes over one store, which counts what it is asked and may hang or fail. */
async function setUp(processes = 1) {
  const kv = await Deno.openKv(":memory:");
  const clock = createFakeClock();
  const timers = createFakeTimers();
  const log = createFakeLog();
  const store = createLimits({ kv, clock });
  const asked: ("take" | readonly Spent[])[] = [];
  let way: "well" | "slow" | "hangs" | "fails" = "well";
  const through = <T>(work: () => Promise<T>): Promise<T> =>
    way === "well"
      ? work()
      : way === "slow"
      ? sleep(timers, 300).then(work)
      : way === "hangs"
      ? new Promise<T>(() => {})
      : Promise.reject(new Error("the store is away"));
  const shared: SharedLimits = {
    take: (buckets, cost) => {
      asked.push("take");
      return through(() => store.take(buckets, cost));
    },
    spend: (spent) => {
      asked.push(spent);
      return through(() => store.spend(spent));
    },
  };
  const all = Array.from(
    { length: processes },
    () => createLocalLimits({ shared, clock, timers, log }),
  );
  const [one, two] = all;
  assert.ok(one !== undefined);
  return {
    one,
    two: two ?? one,
    clock,
    timers,
    log,
    asked,
    store,
    set: (next: typeof way) => void (way = next),
    /** What was told has arrived. */
    told: async () => {
      await store.take([{ ...bucket, key: ["test", "afterwards"] }]);
      await timers.pass(300);
      await store.take([{ ...bucket, key: ["test", "afterwards"] }]);
    },
    [Symbol.dispose]: () => {
      for (const each of all) each[Symbol.dispose]();
      kv.close();
    },
  };
}

const passes = (taken: readonly Taken[]) => taken.every(({ wait }) => wait === 0);

Deno.test("createLocalLimits writes nothing for whoever asks little", async () => {
  using limits = await setUp();
  for (let n = 0; n < 50; n++) {
    assert.ok(passes(limits.one.take([bucket])));
    limits.clock.advance(1_000);
  }
  assert.deepEqual(limits.asked, []);
});

Deno.test("createLocalLimits tells in lots, and heeds what others tell", async () => {
  using limits = await setUp(2);
  for (let n = 0; n < 20; n++) assert.ok(passes(limits.one.take([bucket])));
  await limits.told();
  assert.deepEqual(
    limits.asked.map((spent) => spent !== "take" && spent[0]?.tokens),
    [2, 18],
  );
  assert.deepEqual(limits.one.take([bucket])[0], { remaining: 0, wait: 1_000, fullIn: 20_000 });
  // The other process learns of it when it tells the first time.
  let through = 0;
  for (let n = 0; n < 20; n++) {
    if (passes(limits.two.take([bucket]))) through++;
    await limits.told();
  }
  assert.equal(through, 2);
});

Deno.test("createLocalLimits counts exactly across processes, also in parallel", async () => {
  using limits = await setUp(2);
  const taken = await Promise.all(
    Array.from(
      { length: 60 },
      (_, n) => (n % 2 === 0 ? limits.one : limits.two).takeExactly([bucket]),
    ),
  );
  assert.equal(taken.filter(passes).length, 20);
  // Those that were refused here did not ask.
  assert.ok(limits.asked.length <= 40, `asked ${limits.asked.length} times`);
  const before = limits.asked.length;
  assert.ok(!passes(await limits.one.takeExactly([bucket])));
  assert.equal(limits.asked.length, before);
});

Deno.test("createLocalLimits takes from all buckets or from none, here and there", async () => {
  using limits = await setUp(2);
  const small: Bucket = { key: ["test", "small"], perSecond: 1, burst: 1 };
  await limits.two.takeExactly([small]);
  assert.ok(!passes(await limits.one.takeExactly([bucket, small])));
  assert.equal((await limits.one.takeExactly([bucket]))[0]?.remaining, 19);
  assert.equal((await limits.two.takeExactly([bucket]))[0]?.remaining, 18);
});

Deno.test("createLocalLimits gives back what was not used, here and in the store", async () => {
  using limits = await setUp();
  for (let n = 0; n < 20; n++) assert.ok(passes(await limits.one.takeExactly([bucket])));
  assert.ok(!passes(await limits.one.takeExactly([bucket])));
  for (let n = 0; n < 3; n++) limits.one.giveBack([bucket]);
  assert.ok(passes(await limits.one.takeExactly([bucket])));
  assert.ok(passes(await limits.store.take([bucket], 2)));
  assert.ok(!passes(await limits.store.take([bucket])));
});

for (const way of ["hangs", "fails"] as const) {
  Deno.test(`createLocalLimits decides alone while the store ${way}`, async () => {
    using limits = await setUp();
    limits.set(way);
    const first = limits.one.takeExactly([bucket]);
    await limits.timers.pass(200);
    assert.ok(passes(await first));
    // And from then on without waiting.
    for (let n = 1; n < 20; n++) assert.ok(passes(await limits.one.takeExactly([bucket])));
    assert.ok(!passes(await limits.one.takeExactly([bucket])));
    assert.equal(limits.asked.filter((each) => each === "take").length, 1);
    assert.deepEqual(limits.log.lines.map((line) => line.split(" ")[0]), ["limits.store-away"]);
    // What was used meanwhile is told when the store is back.
    limits.set("well");
    limits.clock.advance(3_000);
    await limits.timers.pass(3_000);
    await limits.one.takeExactly([bucket]);
    if (way === "fails") {
      await limits.told();
      assert.ok(((await limits.store.take([bucket]))[0]?.remaining ?? 20) <= 3);
    }
    assert.match(limits.log.lines.at(-1) ?? "", /^limits.store-back/);
  });
}

Deno.test("createLocalLimits keeps nothing of what was given back, however slow the store is", async () => {
  using limits = await setUp();
  limits.set("slow");
  for (let n = 0; n < 6; n++) {
    const taking = limits.one.takeExactly([bucket]);
    await limits.timers.pass(200);
    assert.ok(passes(await taking));
    limits.one.giveBack([bucket]);
    // The answer comes after nobody waits for it any more.
    await limits.timers.pass(100);
  }
  limits.set("well");
  // Only once the question and what was given back after it have come through.
  await eventually(() => limits.asked.length > 1, "what was given back");
  await eventually(async () => {
    await limits.timers.pass(300);
    return passes(await limits.store.take([bucket], 20));
  }, "the store to have all of them");
  // One token was taken from the store, and no more was given back to others.
  assert.deepEqual(limits.asked, ["take", [{ bucket, tokens: -1 }]]);
});

Deno.test("createLocalLimits counts once what the store was asked too slowly for, also what that refused", async () => {
  using limits = await setUp();
  const each: Bucket = { key: ["test", "each"], perSecond: 1e-6, burst: 10 };
  const empty: Bucket = { key: ["test", "empty"], perSecond: 1e-6, burst: 1 };
  await limits.store.take([empty]);
  limits.set("slow");
  for (const buckets of [[each], [each], [each, empty]]) {
    const taking = limits.one.takeExactly(buckets);
    await limits.timers.pass(300);
    assert.ok(passes(await taking));
    // The store is tried anew each time.
    limits.clock.advance(3_000);
  }
  limits.set("well");
  const left = async () => (await limits.store.take([each], 11))[0]?.remaining;
  await eventually(async () => {
    await limits.timers.pass(300);
    return await left() === 7;
  }, "three of ten to be counted");
  await limits.timers.pass(3_000);
  assert.equal(await left(), 7);
});

Deno.test("createLocalLimits knows a bounded number of buckets, the latest", async () => {
  using limits = await setUp();
  limits.set("fails");
  const one: Bucket = { key: ["test", "small"], perSecond: 1e-3, burst: 1 };
  assert.ok(passes(limits.one.take([one])));
  for (let n = 0; n < 200_000; n++) {
    assert.ok(passes(limits.one.take([{ ...one, key: ["flood", String(n)] }])));
    // Who goes on asking is not forgotten.
    if (n % 10_000 === 0) assert.ok(!passes(limits.one.take([one])));
  }
  for (let n = 0; n < 50_000; n++) limits.one.take([{ ...one, key: ["flood", String(n)] }]);
  assert.ok(passes(limits.one.take([one])));
});
