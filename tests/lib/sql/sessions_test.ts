import assert from "node:assert/strict";
import { newId } from "../../../lib/ids.ts";
import type { Id } from "../../../lib/protocol/model.ts";
import type { Sql } from "../../../lib/sql/open.ts";
import {
  endSession,
  insertSession,
  readEndedSessions,
  rotateSession,
  sessionIsLive,
} from "../../../lib/sql/sessions.ts";
import { testWithDatabase } from "../../support/databases.ts";
import { seedUser } from "../../support/seed.ts";

async function begin(sql: Sql): Promise<Id> {
  const id = newId();
  await insertSession(sql, { id, userId: await seedUser(sql), device: "", ip: "" });
  return id;
}

/** Lets the last rotation lie so many seconds back. */
async function wait(sql: Sql, id: Id, seconds: number): Promise<void> {
  await sql`
    update sessions set rotations = array(
      select at - make_interval(secs => ${seconds}) from unnest(rotations) as at)
    where id = ${id}`;
}

testWithDatabase(
  "rotateSession counts generations and forgives for ten seconds",
  async ({ sql }) => {
    const id = await begin(sql);
    const first = await rotateSession(sql, id, 1);
    assert.ok(first.outcome === "rotated" && first.session.generation === 2);
    await wait(sql, id, 9);
    const late = await rotateSession(sql, id, 1);
    assert.ok(late.outcome === "grace" && late.session.generation === 2);
    assert.equal((await rotateSession(sql, id, 2)).outcome, "rotated");
  },
);

testWithDatabase("rotateSession ends the family at a reuse after ten seconds", async ({ sql }) => {
  const id = await begin(sql);
  await rotateSession(sql, id, 1);
  await wait(sql, id, 11);
  assert.equal((await rotateSession(sql, id, 1)).outcome, "reused");
  assert.equal(await sessionIsLive(sql, id), false);
  for (const generation of [1, 2]) {
    assert.deepEqual(await rotateSession(sql, id, generation), { outcome: "gone" });
  }
});

testWithDatabase("rotateSession lets racing tabs all stay signed in", async ({ sql }) => {
  const id = await begin(sql);
  const rotations = await Promise.all([1, 2, 3, 4].map(() => rotateSession(sql, id, 1)));
  assert.deepEqual(rotations.map(({ outcome }) => outcome).sort(), [
    "grace",
    "grace",
    "grace",
    "rotated",
  ]);
  assert.ok(await sessionIsLive(sql, id));
});

testWithDatabase(
  "rotateSession forgives a token for ten seconds, however often it was followed",
  async ({ sql }) => {
    const id = await begin(sql);
    await rotateSession(sql, id, 1);
    await rotateSession(sql, id, 2);
    assert.equal((await rotateSession(sql, id, 1)).outcome, "grace");
    assert.ok(await sessionIsLive(sql, id));
  },
);

testWithDatabase("rotateSession goes never beyond the family's absolute end", async ({ sql }) => {
  const id = await begin(sql);
  await sql`update sessions set ends_at = now() + interval '1 hour' where id = ${id}`;
  const rotation = await rotateSession(sql, id, 1);
  assert.ok(rotation.outcome === "rotated" && rotation.session.refreshExpiresIn <= 3_600);
  await sql`update sessions set expires_at = now() - interval '1 second' where id = ${id}`;
  assert.equal((await rotateSession(sql, id, 2)).outcome, "gone");
  assert.equal(await sessionIsLive(sql, id), false);
});

testWithDatabase("readEndedSessions names what ended or expired since then", async ({ sql }) => {
  const [live, ended, expired] = [await begin(sql), await begin(sql), await begin(sql)];
  const { now } = await readEndedSessions(sql, 0);
  assert.equal(await endSession(sql, ended, "signed-out"), true);
  assert.equal(await endSession(sql, ended, "signed-out"), false);
  await sql`update sessions set expires_at = clock_timestamp() where id = ${expired}`;
  const { sessions } = await readEndedSessions(sql, now);
  assert.deepEqual([ended, expired, live].map((id) => sessions.includes(id)), [true, true, false]);
  const later = await readEndedSessions(sql, now + 3_600_000);
  assert.deepEqual(later.sessions, []);
});
