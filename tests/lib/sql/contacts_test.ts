import assert from "node:assert/strict";
import { newId } from "../../../lib/ids.ts";
import {
  acceptContactRequest,
  declineContactRequest,
  readContactRequests,
  requestContact,
} from "../../../lib/sql/contact_requests.ts";
import { readContacts } from "../../../lib/sql/contacts.ts";
import type { Sql } from "../../../lib/sql/open.ts";
import { searchUsers } from "../../../lib/sql/users.ts";
import { testWithDatabase } from "../../support/databases.ts";
import { seedUser } from "../../support/seed.ts";

async function conversationsOf(sql: Sql, one: string, other: string): Promise<number> {
  const rows = await sql`select conversation_id from members where user_id in (${one}, ${other})
    group by conversation_id having count(*) = 2`;
  return rows.length;
}

testWithDatabase(
  "requestContact lets parallel crossing requests meet in one conversation",
  async ({ sql }) => {
    for (let round = 0; round < 5; round++) {
      const [ann, ben] = [await seedUser(sql), await seedUser(sql)];
      const outcomes = await Promise.all([
        requestContact(sql, ann, ben, ""),
        requestContact(sql, ben, ann, ""),
        requestContact(sql, ann, ben, ""),
        requestContact(sql, ben, ann, ""),
      ]);
      const accepted = outcomes.filter(({ outcome }) => outcome === "accepted");
      assert.equal(accepted.length, 1, JSON.stringify(outcomes));
      assert.equal(await conversationsOf(sql, ann, ben), 1);
      for (const user of [ann, ben]) {
        assert.equal((await readContacts(sql, user)).length, 1);
        assert.equal((await readContactRequests(sql, user)).length, 0);
      }
    }
  },
);

testWithDatabase(
  "requestContact asked twice keeps one request with the newer greeting",
  async ({ sql }) => {
    const [ann, ben] = [await seedUser(sql), await seedUser(sql)];
    const first = await requestContact(sql, ann, ben, "one");
    const second = await requestContact(sql, ann, ben, "two");
    assert.deepEqual(second, first);
    const [request, ...others] = await readContactRequests(sql, ben);
    assert.deepEqual([request?.greeting, others.length], ["two", 0]);
  },
);

testWithDatabase("acceptContactRequest is done once, by the one who was asked", async ({ sql }) => {
  const [ann, ben] = [await seedUser(sql), await seedUser(sql)];
  const asked = await requestContact(sql, ann, ben, "");
  assert.ok(asked.outcome === "requested");
  assert.deepEqual(await acceptContactRequest(sql, ann, asked.request, ""), {
    outcome: "no-such-request",
  });
  const answers = await Promise.all([
    acceptContactRequest(sql, ben, asked.request, "A"),
    acceptContactRequest(sql, ben, asked.request, "A"),
    declineContactRequest(sql, ben, asked.request),
  ]);
  const done = answers.filter((answer) =>
    answer !== undefined && (typeof answer === "string" || answer.outcome === "accepted")
  );
  assert.equal(done.length, 1);
});

testWithDatabase("requestContact refuses who does not exist, and contacts", async ({ sql }) => {
  const [ann, ben] = [await seedUser(sql), await seedUser(sql)];
  assert.deepEqual(await requestContact(sql, ann, newId(), ""), { outcome: "no-such-user" });
  await requestContact(sql, ann, ben, "");
  await requestContact(sql, ben, ann, "");
  assert.deepEqual(await requestContact(sql, ann, ben, ""), { outcome: "already-contacts" });
});

testWithDatabase("searchUsers finds a display name in any alphabet and case", async ({ sql }) => {
  const ann = await seedUser(sql);
  for (const name of ["Anna Karenina", "Élodie", "Иван Петров", "王小明"]) {
    const mark = newId().slice(-4);
    await sql`update users set display_name = ${name + mark} where id = ${ann}`;
    for (const query of [name + mark, (name + mark).toLowerCase(), (name + mark).toUpperCase()]) {
      const found = await searchUsers(sql, ann, query);
      assert.deepEqual(found.map(({ id }) => id), [ann], query);
    }
  }
});
