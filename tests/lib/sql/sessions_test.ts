import assert from "node:assert/strict";
import { newId } from "../../../lib/ids.ts";
import { inTransaction } from "../../../lib/sql/in_transaction.ts";
import type { Id } from "../../../lib/protocol/model.ts";
import type { Sql } from "../../../lib/sql/open.ts";
import {
  endSession,
  endSessionsOf,
  endSurplusSessions,
  insertSession,
  listSessions,
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
    const first = await rotateSession(sql, id, 1, "192.0.2.9");
    assert.ok(first.outcome === "rotated" && first.session.generation === 2);
    await wait(sql, id, 9);
    const late = await rotateSession(sql, id, 1, "192.0.2.9");
    assert.ok(late.outcome === "grace" && late.session.generation === 2);
    assert.equal((await rotateSession(sql, id, 2, "192.0.2.9")).outcome, "rotated");
  },
);

testWithDatabase("rotateSession ends the family at a reuse after ten seconds", async ({ sql }) => {
  const id = await begin(sql);
  await rotateSession(sql, id, 1, "192.0.2.9");
  await wait(sql, id, 11);
  assert.equal((await rotateSession(sql, id, 1, "192.0.2.9")).outcome, "reused");
  assert.equal(await sessionIsLive(sql, id), false);
  for (const generation of [1, 2]) {
    assert.deepEqual(await rotateSession(sql, id, generation, "192.0.2.9"), { outcome: "gone" });
  }
});

testWithDatabase("rotateSession lets racing tabs all stay signed in", async ({ sql }) => {
  const id = await begin(sql);
  const rotations = await Promise.all(
    [1, 2, 3, 4].map(() => rotateSession(sql, id, 1, "192.0.2.9")),
  );
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
    await rotateSession(sql, id, 1, "192.0.2.9");
    await rotateSession(sql, id, 2, "192.0.2.9");
    assert.equal((await rotateSession(sql, id, 1, "192.0.2.9")).outcome, "grace");
    assert.ok(await sessionIsLive(sql, id));
  },
);

testWithDatabase(
  "rotateSession takes a token that is ahead of a restored backup for no theft",
  async ({ sql }) => {
    const id = await begin(sql);
    const rotate = (generation: number) => rotateSession(sql, id, generation, "192.0.2.9");
    await rotate(1);
    // The database as it was then; the client has gone on to the fifth.
    const ahead = await rotate(5);
    assert.ok(ahead.outcome === "rotated" && ahead.session.generation === 6);
    const again = await rotate(5);
    assert.ok(again.outcome === "grace" && again.session.generation === 6);
    assert.equal((await rotate(6)).outcome, "rotated");
    assert.equal((await rotate(5)).outcome, "grace");
    // What is older than that is old.
    assert.equal((await rotate(4)).outcome, "reused");
    assert.equal((await rotate(7)).outcome, "gone");
    assert.equal((await rotate(9)).outcome, "gone");
  },
);

testWithDatabase("rotateSession goes never beyond the family's absolute end", async ({ sql }) => {
  const id = await begin(sql);
  await sql`update sessions set ends_at = now() + interval '1 hour' where id = ${id}`;
  const rotation = await rotateSession(sql, id, 1, "192.0.2.9");
  assert.ok(rotation.outcome === "rotated" && rotation.session.refreshExpiresIn <= 3_600);
  await sql`update sessions set expires_at = now() - interval '1 second' where id = ${id}`;
  assert.equal((await rotateSession(sql, id, 2, "192.0.2.9")).outcome, "gone");
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

testWithDatabase("endSession ends nobody else's session, and none twice", async ({ sql }) => {
  const [one, other] = [await seedUser(sql), await seedUser(sql)];
  const id = newId();
  await insertSession(sql, { id, userId: one, device: "", ip: "" });
  assert.equal(await endSession(sql, id, "test", other), false);
  assert.ok(await sessionIsLive(sql, id));
  assert.equal(await endSession(sql, id, "test", one), true);
  assert.equal(await endSession(sql, id, "test", one), false);
});

testWithDatabase("endSessionsOf ends all of a person's sessions but one", async ({ sql }) => {
  const [user, other] = [await seedUser(sql), await seedUser(sql)];
  const begun = await Promise.all([user, user, user, other].map(async (userId) => {
    const id = newId();
    await insertSession(sql, { id, userId, device: "", ip: "" });
    return id;
  }));
  const [first = "", second = "", third = "", others = ""] = begun;
  const ended = await endSessionsOf(sql, user, "test", { except: second });
  assert.deepEqual(ended.toSorted(), [first, third].toSorted());
  assert.deepEqual(await endSessionsOf(sql, user, "test", { except: second }), []);
  assert.deepEqual(await endSessionsOf(sql, user, "test"), [second]);
  assert.ok(await sessionIsLive(sql, others));
});

testWithDatabase(
  "listSessions shows those that go on, and where they were last",
  async ({ sql }) => {
    const user = await seedUser(sql);
    const [ended, expired, idle, current] = [newId(), newId(), newId(), newId()];
    for (const id of [ended, expired, idle, current]) {
      await insertSession(sql, { id, userId: user, device: id, ip: "192.0.2.1" });
    }
    await endSession(sql, ended, "test");
    await sql`update sessions set expires_at = clock_timestamp() where id = ${expired}`;
    await sql`update sessions set last_used_at = last_used_at - interval '1 day' where id = ${idle}`;
    const [before] = (await listSessions(sql, user, current)).slice(1);
    await rotateSession(sql, idle, 1, "192.0.2.9");
    const [first, second, ...more] = await listSessions(sql, user, current);
    assert.deepEqual(more, []);
    assert.deepEqual([first?.id, first?.current, first?.ip], [current, true, "192.0.2.1"]);
    assert.deepEqual([second?.id, second?.current, second?.ip], [idle, false, "192.0.2.9"]);
    assert.ok(before !== undefined && second !== undefined);
    assert.ok(second.lastUsedAt > before.lastUsedAt);
  },
);

testWithDatabase("insertSession begins none for an account that may have none", async ({ sql }) => {
  const user = await seedUser(sql, "a hash");
  const insert = (hash?: string) =>
    insertSession(sql, { id: newId(), userId: user, device: "", ip: "" }, hash);
  assert.ok(await insert("a hash"));
  assert.equal(await insert("a hash of before"), undefined);
  for (const column of ["disabled_at", "deleted_at"]) {
    await sql`update users set ${sql(column)} = now() where id = ${user}`;
    assert.equal(await insert("a hash"), undefined);
    assert.equal(await insert(), undefined);
    await sql`update users set ${sql(column)} = null where id = ${user}`;
  }
  assert.ok(await insert());
});

testWithDatabase(
  "insertSession is not overtaken by a new password that ends all sessions",
  async ({ sql }) => {
    const user = await seedUser(sql, "the old one");
    const signIn = () =>
      insertSession(sql, { id: newId(), userId: user, device: "", ip: "" }, "the old one");
    let late: Promise<unknown> = Promise.resolve();
    await inTransaction(sql, async (tx) => {
      await tx`update users set password_hash = 'the new one' where id = ${user}`;
      await endSessionsOf(tx, user, "test");
      // Its password was right a moment ago. It may not see the user as they were before.
      late = signIn();
      await new Promise((resolve) => setTimeout(resolve, 50));
    });
    assert.equal(await late, undefined);
    assert.equal((await listSessions(sql, user, newId())).length, 0);
  },
);

testWithDatabase(
  "endSurplusSessions leaves the hundred used last, and nobody else's is touched",
  async ({ sql }) => {
    const [user, other] = [await seedUser(sql), await seedUser(sql)];
    const begin = async (userId: Id) => {
      const id = newId();
      await insertSession(sql, { id, userId, device: "", ip: "" });
      return id;
    };
    const theirs = await begin(other);
    const own: Id[] = [];
    for (let n = 0; n < 100; n++) own.push(await begin(user));
    assert.deepEqual(await endSurplusSessions(sql, user), []);
    // The first is used again, and one that has ended counts no more.
    await rotateSession(sql, own[0] ?? "", 1, "");
    await endSession(sql, own[50] ?? "", "test");
    const last = [await begin(user), await begin(user), await begin(user)];
    assert.deepEqual(
      (await endSurplusSessions(sql, user)).toSorted(),
      own.slice(1, 3).toSorted(),
    );
    assert.deepEqual(await endSurplusSessions(sql, user), []);
    const shown = await listSessions(sql, user, last[0] ?? "");
    assert.equal(shown.length, 100);
    for (const id of [own[0] ?? "", theirs, ...last]) assert.ok(await sessionIsLive(sql, id));
  },
);

testWithDatabase(
  "insertSession sweeps some of those that ended or expired 180 days ago along",
  async ({ sql }) => {
    const user = await seedUser(sql);
    const begin = async () => {
      const id = newId();
      await insertSession(sql, { id, userId: user, device: "", ip: "" });
      return id;
    };
    const [live, ended, ...old] = await Promise.all(Array.from({ length: 17 }, begin));
    await endSession(sql, ended ?? "", "test");
    await sql`update sessions set ended_at = ended_at - interval '179 days' where id = ${
      ended ?? ""
    }`;
    for (const [n, id] of old.entries()) {
      // Of those that were ended and of those that nobody came back to.
      await sql`update sessions set expires_at = now() - interval '181 days',
        ended_at = case when ${n % 2 === 0}::bool then now() - interval '180 days 1 hour' end
        where id = ${id}`;
    }
    const left = async () => {
      const rows = await sql<{ id: Id }[]>`select id from sessions where user_id = ${user}`;
      return rows.map(({ id }) => id);
    };
    const first = await begin();
    assert.equal((await left()).length, 8);
    const second = await begin();
    assert.deepEqual((await left()).toSorted(), [live, ended, first, second].toSorted());
  },
);
