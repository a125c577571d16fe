import assert from "node:assert/strict";
import { newId } from "../../../lib/ids.ts";
import { inTransaction } from "../../../lib/sql/in_transaction.ts";
import type { SecurityEvent } from "../../../lib/protocol/model.ts";
import type { Sql } from "../../../lib/sql/open.ts";
import {
  insertFailedSignIn,
  insertSecurityEvent,
  readSecurityEvents,
} from "../../../lib/sql/security_events.ts";
import { insertSession } from "../../../lib/sql/sessions.ts";
import { testWithDatabase } from "../../support/databases.ts";
import { seedUser } from "../../support/seed.ts";

async function age(sql: Sql, user: string, interval: string): Promise<void> {
  await sql`update security_events set created_at = created_at - ${interval}::text::interval
    where user_id = ${user}`;
}

testWithDatabase(
  "readSecurityEvents shows a person's own, newest first, by pages",
  async ({ sql }) => {
    const [user, other] = [await seedUser(sql), await seedUser(sql)];
    const session = newId();
    await insertSession(sql, { id: session, userId: user, device: "Ann's phone", ip: "" });
    await insertSecurityEvent(sql, { user: other, type: "signed-in", ip: "192.0.2.2" });
    const types: SecurityEvent["type"][] = ["account-created", "signed-in", "signed-out"];
    for (const type of types) {
      await insertSecurityEvent(sql, { user, type, session, ip: "192.0.2.1" });
    }
    await insertSecurityEvent(sql, { user, type: "password-changed", device: "x", ip: "" });
    const first = await readSecurityEvents(sql, user, { limit: 3 });
    assert.deepEqual(first.events.map(({ type }) => type), [
      "password-changed",
      "signed-out",
      "signed-in",
    ]);
    assert.equal(first.next, first.events[2]?.id);
    const second = await readSecurityEvents(sql, user, { limit: 3, before: first.next ?? "" });
    const [event] = second.events;
    assert.ok(event !== undefined && second.events.length === 1);
    // What the session is called is the event's device, where nothing else is said.
    const { id, at, ...rest } = event;
    assert.deepEqual(rest, {
      type: "account-created",
      device: "Ann's phone",
      ip: "192.0.2.1",
      session,
    });
    assert.equal(id[14], "7");
    assert.match(at, /^\d{4}-.*\.\d{3}Z$/);
    assert.equal(second.next, null);
    assert.equal(first.events[0]?.device, "x");
  },
);

testWithDatabase("events within a millisecond keep their order", async ({ sql }) => {
  const user = await seedUser(sql);
  const devices = Array.from({ length: 200 }, (_, n) => String(n));
  // One after the other, and none waits for the answer to the one before.
  await inTransaction(sql, async (tx) => {
    await Promise.all(
      devices.map((device) =>
        insertSecurityEvent(tx, { user, type: "signed-in", device, ip: "192.0.2.1" })
      ),
    );
  });
  const { events } = await readSecurityEvents(sql, user, { limit: 200 });
  assert.deepEqual(events.map(({ device }) => device), devices.toReversed());
  for (const { id, at } of events) {
    const millisecond = parseInt(id.replace("-", "").slice(0, 12), 16);
    assert.ok(Math.abs(millisecond - Date.parse(at)) <= 1_000, `${id} of ${at}`);
    assert.match(id, /^.{14}7.{4}[89ab]/);
  }
});

testWithDatabase(
  "insertFailedSignIn notes one a minute of a network, twenty an hour",
  async ({ sql }) => {
    const user = await seedUser(sql);
    const count = async () => (await readSecurityEvents(sql, user, { limit: 200 })).events.length;
    for (let again = 0; again < 3; again++) {
      await insertFailedSignIn(sql, { user, device: "", ip: "192.0.2.1" });
    }
    assert.equal(await count(), 1);
    await insertFailedSignIn(sql, { user, device: "", ip: "192.0.2.2" });
    assert.equal(await count(), 2);
    await age(sql, user, "61 seconds");
    await insertFailedSignIn(sql, { user, device: "", ip: "192.0.2.1" });
    assert.equal(await count(), 3);
    for (let network = 10; network < 40; network++) {
      await insertFailedSignIn(sql, { user, device: "", ip: `192.0.2.${network}` });
    }
    assert.equal(await count(), 20);
    await age(sql, user, "1 hour");
    await insertFailedSignIn(sql, { user, device: "", ip: "192.0.2.1" });
    assert.equal(await count(), 21);
  },
);

testWithDatabase(
  "insertFailedSignIn stores nothing of an account that does not exist",
  async ({ sql }) => {
    const user = newId();
    await insertFailedSignIn(sql, { user, device: "", ip: "192.0.2.1" });
    assert.deepEqual((await readSecurityEvents(sql, user, { limit: 1 })).events, []);
  },
);

testWithDatabase(
  "events older than 180 days are not shown, and go a few at a time",
  async ({ sql }) => {
    const [user, other] = [await seedUser(sql), await seedUser(sql)];
    for (let each = 0; each < 15; each++) {
      await insertSecurityEvent(sql, { user, type: "signed-in", ip: "" });
    }
    await age(sql, user, "179 days");
    assert.equal((await readSecurityEvents(sql, user, { limit: 200 })).events.length, 15);
    await age(sql, user, "1 day");
    assert.deepEqual((await readSecurityEvents(sql, user, { limit: 200 })).events, []);
    const left = async () => {
      const [row] = await sql<{ left: number }[]>`
      select count(*)::int as left from security_events where user_id = ${user}`;
      return row?.left;
    };
    // Whoever comes next sweeps them, whosever they are.
    await insertSecurityEvent(sql, { user: other, type: "signed-in", ip: "" });
    assert.equal(await left(), 5);
    await insertFailedSignIn(sql, { user: other, device: "", ip: "192.0.2.1" });
    assert.equal(await left(), 0);
  },
);
