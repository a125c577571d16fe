import assert from "node:assert/strict";
import { newId } from "../../../lib/ids.ts";
import {
  acceptContactRequest,
  declineContactRequest,
  readContactRequests,
  requestContact,
} from "../../../lib/sql/contact_requests.ts";
import { readBlocked, setBlock } from "../../../lib/sql/blocks.ts";
import { readContacts, removeContact } from "../../../lib/sql/contacts.ts";
import { readMemberships } from "../../../lib/sql/members.ts";
import type { Sql } from "../../../lib/sql/open.ts";
import { searchUsers } from "../../../lib/sql/users.ts";
import { testWithDatabase } from "../../support/databases.ts";
import { seedContacts, seedUser } from "../../support/seed.ts";

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

testWithDatabase(
  "makeContacts says so in their conversation, by one who was asked for at the same time",
  async ({ sql }) => {
    const [ann, ben] = [await seedUser(sql), await seedUser(sql)];
    await requestContact(sql, ann, ben, "");
    const met = await requestContact(sql, ben, ann, "");
    assert.ok(met.outcome === "accepted");
    const { message, membersRev } = met.change;
    assert.deepEqual([message.seq, message.rev, message.kind, message.event], [1, 1, "system", {
      type: "contact",
      by: ben,
    }]);
    await removeContact(sql, ann, ben);
    assert.equal((await readMemberships(sql, [message.conversation]))[0]?.open, false);
    await requestContact(sql, ann, ben, "");
    const again = await requestContact(sql, ben, ann, "");
    assert.ok(again.outcome === "accepted");
    assert.deepEqual([again.change.message.seq, again.change.membersRev], [2, membersRev + 2]);
    const [membership] = await readMemberships(sql, [message.conversation]);
    assert.deepEqual([membership?.open, membership?.membersRev], [true, membersRev + 2]);
  },
);

testWithDatabase(
  "setBlock and requestContact at one moment come one after the other",
  async ({ sql }) => {
    for (let round = 0; round < 5; round++) {
      const [ann, ben] = [await seedUser(sql), await seedUser(sql)];
      const [outcome] = await Promise.all([
        requestContact(sql, ann, ben, ""),
        setBlock(sql, ben, ann, true),
        setBlock(sql, ann, ben, round % 2 === 0),
      ]);
      const expected = ["requested", "not-delivered", "blocking"];
      assert.ok(expected.includes(outcome.outcome), outcome.outcome);
      assert.equal((await readContactRequests(sql, ben)).length, 0);
      assert.deepEqual((await readBlocked(sql, ben)).map(({ id }) => id), [ann]);
      // What came before the block is there again after it.
      await setBlock(sql, ben, ann, false);
      const shown = (await readContactRequests(sql, ben)).length;
      assert.equal(shown, outcome.outcome === "requested" ? 1 : 0);
    }
  },
);

testWithDatabase(
  "setBlock and removeContact change the conversation's version once",
  async ({ sql }) => {
    const [ann, ben] = [await seedUser(sql), await seedUser(sql)];
    const room = await seedContacts(sql, ann, ben);
    const version = async () => (await readMemberships(sql, [room]))[0]?.membersRev ?? 0;
    const before = await version();
    await Promise.all([1, 2, 3].map(() => setBlock(sql, ann, ben, true)));
    assert.equal(await version(), before + 1);
    await setBlock(sql, ben, ann, false);
    assert.equal(await version(), before + 1);
    const removed = await Promise.all([
      removeContact(sql, ann, ben),
      removeContact(sql, ben, ann),
    ]);
    assert.deepEqual(removed.sort(), [false, true]);
    assert.equal(await version(), before + 2);
  },
);
