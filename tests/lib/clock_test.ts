import assert from "node:assert/strict";
import { moreLikely, openDatabaseClock } from "../../lib/clock.ts";
import type { Sql } from "../../lib/sql/open.ts";
import { createFakeLog } from "../support/fake_services.ts";
import { createFakeTimers } from "../support/fake_timers.ts";

Deno.test("moreLikely takes a quicker measurement, and leaves a slower one that fits", () => {
  const known = { ms: 100, doubt: 20 };
  assert.deepEqual(moreLikely(known, { ms: 104, doubt: 3 }), { ms: 104, doubt: 3 });
  // Two seconds on the way, nearly all of it on one: far off, and no contradiction.
  assert.equal(moreLikely(known, { ms: 1_090, doubt: 1_000 }).ms, 100);
});

Deno.test("moreLikely believes what contradicts: then a clock was set", () => {
  const known = { ms: 100, doubt: 2 };
  assert.deepEqual(moreLikely(known, { ms: 5_000, doubt: 900 }), { ms: 5_000, doubt: 900 });
  assert.deepEqual(moreLikely(known, { ms: -5_000, doubt: 900 }), { ms: -5_000, doubt: 900 });
});

Deno.test("moreLikely doubts more what is older, so that drift is followed by slow measurements", () => {
  let known = { ms: 0, doubt: 1 };
  for (let minute = 0; minute < 5; minute++) {
    known = { ...moreLikely(known, { ms: 12, doubt: 20 }) };
  }
  assert.equal(known.ms, 12);
});

Deno.test("openDatabaseClock says once that this machine's clock is off, and once that it is right", async () => {
  const timers = createFakeTimers();
  const log = createFakeLog();
  let ahead = 600_000;
  const answer = () => Promise.resolve([{ ms: Date.now() + ahead }]);
  using clock = await openDatabaseClock(answer as unknown as Sql, log, timers);
  const near = (then: number) => Math.abs(clock.now() - Date.now() - then) < 1_000;
  assert.ok(near(600_000));
  assert.match(clock.notice() ?? "", /clock is 600 s behind the database's/);
  for (const [seconds, notice] of [[600, true], [-600, true], [0, false], [0, false]] as const) {
    ahead = seconds * 1000;
    await timers.pass(60_000);
    assert.ok(near(ahead));
    assert.equal(clock.notice() !== undefined, notice);
  }
  assert.deepEqual(log.lines.map((line) => line.split(" ")[0]), ["clock.off", "clock.right"]);
});

Deno.test("openDatabaseClock goes on as before when somebody sets this machine's clock", async () => {
  const timers = createFakeTimers();
  const log = createFakeLog();
  const start = 1_750_000_000_000;
  let [behind, asleep] = [600_000, 0];
  const database = () => start + timers.now();
  const machine = {
    wall: () => database() - behind,
    steady: () => timers.now() - asleep,
  };
  const answer = () => Promise.resolve([{ ms: database() }]);
  using clock = await openDatabaseClock(answer as unknown as Sql, log, timers, machine);
  assert.equal(clock.now(), database());
  assert.notEqual(clock.notice(), undefined);
  // To what is right, and to what is not: neither is seen by those who ask what time it is.
  for (const set of [0, -600_000, 600_000, 0]) {
    behind = set;
    assert.equal(clock.now(), database());
    await timers.pass(1_000);
    assert.equal(clock.now(), database());
    assert.equal(clock.notice() !== undefined, set !== 0, "noticed within a second");
  }
  // What is steady may stand still while a machine sleeps.
  asleep = 600_000;
  assert.equal(clock.now(), database() - 600_000);
  await timers.pass(1_000);
  assert.equal(clock.now(), database());
});
