import assert from "node:assert/strict";
import { newId } from "../../lib/ids.ts";
import { inTransaction } from "../../lib/sql/in_transaction.ts";
import { readSecurityEvents } from "../../lib/sql/security_events.ts";
import { realTimers, sleep } from "../../lib/timers.ts";
import { createFailedSignIns } from "../../routes/failed_sign_ins.ts";
import { countStatements } from "../support/count_statements.ts";
import { testWithDatabase } from "../support/databases.ts";
import { createFakeLog } from "../support/fake_services.ts";
import { createFakeTimers } from "../support/fake_timers.ts";
import { seedUser } from "../support/seed.ts";

const FROM = { device: "Firefox on Windows", ip: "192.0.2.1" };

testWithDatabase("failed sign-ins of one account at once make one event", async ({ sql }) => {
  const [user, other] = [await seedUser(sql), await seedUser(sql)];
  const timers = createFakeTimers();
  const log = createFakeLog();
  {
    await using failed = createFailedSignIns({ sql, log }, timers);
    for (let n = 0; n < 20; n++) failed.note(user, FROM);
    failed.note(other, FROM);
    // Somebody who does not exist is no trouble.
    failed.note(undefined, FROM);
    await inTransaction(sql, async (tx) => {
      // Who writes of this person waits for it after having looked what there is.
      await tx`select from users where id = ${user} for update`;
      await timers.pass(500);
      await sleep(realTimers, 100);
    });
  }
  for (const each of [user, other]) {
    const { events } = await readSecurityEvents(sql, each, { limit: 10 });
    assert.deepEqual(events.map(({ type, device }) => [type, device]), [
      ["sign-in-failed", FROM.device],
    ]);
  }
  assert.deepEqual(log.lines, []);
});

testWithDatabase(
  "a failed sign-in asks the database at a moment by chance, and the same of nobody's",
  async ({ sql }) => {
    const timers = createFakeTimers();
    for (const known of [await seedUser(sql), undefined]) {
      for (const random of [0, 0.5, 0.9]) {
        const chance = { ...timers, random: () => random };
        const failed = createFailedSignIns({ sql, log: createFakeLog() }, chance);
        const early = await countStatements(sql, async () => {
          failed.note(known, FROM);
          await timers.pass(random * 500 - 1);
        });
        const due = await countStatements(sql, async () => {
          await timers.pass(1);
          // What is under way is waited for, and nothing is left to be written.
          await failed[Symbol.asyncDispose]();
        });
        assert.deepEqual([early, due], [0, 1], `${known} ${random}`);
      }
    }
  },
);

testWithDatabase(
  "failed sign-ins that wait are written when the gate ends, and only so many wait",
  async ({ sql }) => {
    const users = await Promise.all(Array.from({ length: 3 }, () => seedUser(sql)));
    const failed = createFailedSignIns({ sql, log: createFakeLog() }, createFakeTimers());
    for (const user of users) failed.note(user, FROM);
    for (let n = 3; n < 250; n++) failed.note(newId(), FROM);
    const late = await seedUser(sql);
    failed.note(late, FROM);
    await failed[Symbol.asyncDispose]();
    const counts = await Promise.all([...users, late].map(async (user) => {
      return (await readSecurityEvents(sql, user, { limit: 10 })).events.length;
    }));
    assert.deepEqual(counts, [1, 1, 1, 0]);
  },
);
