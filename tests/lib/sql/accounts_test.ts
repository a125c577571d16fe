import assert from "node:assert/strict";
import { newId } from "../../../lib/ids.ts";
import type { Id } from "../../../lib/protocol/model.ts";
import { changeEmail } from "../../../lib/sql/accounts/change_email.ts";
import { changePassword, replaceHash } from "../../../lib/sql/accounts/change_password.ts";
import { askDeletion, callOffDeletion } from "../../../lib/sql/accounts/deletion.ts";
import { setDisabled } from "../../../lib/sql/accounts/disable.ts";
import {
  emptyAccount,
  finishDeletion,
  readContactIds,
  readDueDeletions,
  readGroupsOfDeleted,
} from "../../../lib/sql/accounts/empty_account.ts";
import { resetPassword } from "../../../lib/sql/accounts/reset_password.ts";
import { requestContact } from "../../../lib/sql/contact_requests.ts";
import { removeContact } from "../../../lib/sql/contacts.ts";
import { readMemberships } from "../../../lib/sql/members.ts";
import type { Sql } from "../../../lib/sql/open.ts";
import { endSession, insertSession, sessionIsLive } from "../../../lib/sql/sessions.ts";
import { findCredentials, insertUser, readMe, readUser } from "../../../lib/sql/users.ts";
import { testWithDatabase } from "../../support/databases.ts";
import { addMember, seedContacts, seedGroup, seedUser } from "../../support/seed.ts";
import { seedFile } from "../../support/seed_file.ts";

const FROM = { device: "Firefox", ip: "192.0.2.7" };

async function begin(sql: Sql, userId: Id): Promise<Id> {
  const id = newId();
  await insertSession(sql, { id, userId, device: "", ip: "" });
  return id;
}

async function row(sql: Sql, id: Id) {
  const [found] = await sql<
    { email: string; username: string; passwordHash: string; deletesAt: string | null }[]
  >`select email, username, password_hash, deletes_at from users where id = ${id}`;
  assert.ok(found);
  return found;
}

async function makeDue(sql: Sql, id: Id): Promise<void> {
  await sql`update users set deletes_at = clock_timestamp() - interval '1 second'
    where id = ${id}`;
}

testWithDatabase("changePassword ends all sessions but one's own, once", async ({ sql }) => {
  const user = await seedUser(sql, "first");
  const [own, other] = [await begin(sql, user), await begin(sql, user)];
  const doer = { session: own, ...FROM };
  const changed = await changePassword(sql, user, { from: "first", to: "second" }, doer);
  assert.deepEqual(changed?.ended, [other]);
  assert.deepEqual([await sessionIsLive(sql, own), await sessionIsLive(sql, other)], [true, false]);
  // Whoever compared with what is not in force any more changes nothing.
  const stale = await changePassword(sql, user, { from: "first", to: "third" }, doer);
  assert.equal(stale, undefined);
  assert.equal((await row(sql, user)).passwordHash, "second");
});

testWithDatabase("a session that has ended changes nothing of its account", async ({ sql }) => {
  const user = await seedUser(sql, "hash");
  const [own, session] = [await begin(sql, user), await begin(sql, user)];
  await endSession(sql, session, "test");
  const before = await row(sql, user);
  const doer = { session, ...FROM };
  assert.equal(await changePassword(sql, user, { from: "hash", to: "x" }, doer), undefined);
  const change = { to: `${newId()}@example.org`, passwordHash: "hash" };
  assert.equal(await changeEmail(sql, user, change, doer), "stale");
  assert.equal(await askDeletion(sql, user, "hash", doer), undefined);
  assert.deepEqual(await row(sql, user), before);
  assert.ok(await sessionIsLive(sql, own));
});

testWithDatabase("replaceHash does not undo a change meanwhile", async ({ sql }) => {
  const user = await seedUser(sql, "weak");
  await resetPassword(sql, { id: user, email: (await row(sql, user)).email, hash: "reset" }, FROM);
  await replaceHash(sql, user, { from: "weak", to: "strong" });
  assert.equal((await row(sql, user)).passwordHash, "reset");
  await replaceHash(sql, user, { from: "reset", to: "strong" });
  assert.equal((await row(sql, user)).passwordHash, "strong");
});

testWithDatabase(
  "changeEmail gives an address to one of two who take it at once",
  async ({ sql }) => {
    const people = [await seedUser(sql, "hash"), await seedUser(sql, "hash")];
    const to = `${newId()}@example.org`;
    const outcomes = await Promise.all(people.map(async (user) => {
      const doer = { session: await begin(sql, user), ...FROM };
      return await changeEmail(sql, user, { to, passwordHash: "hash" }, doer);
    }));
    assert.equal(outcomes.filter((outcome) => outcome === "taken").length, 1);
    const { email } = await row(sql, people[outcomes[0] === "taken" ? 1 : 0] ?? "");
    assert.equal(email, to);
  },
);

testWithDatabase(
  "an account that is disabled, asked to end or has another password gets no session",
  async ({ sql }) => {
    const user = await seedUser(sql, "hash");
    const { username } = await row(sql, user);
    const id = await begin(sql, user);
    const begins = async (hash = "hash") =>
      await insertSession(sql, { id: newId(), userId: user, device: "", ip: "" }, hash) !==
        undefined;
    assert.equal(await begins("another"), false);
    assert.deepEqual(await setDisabled(sql, user, true), [id]);
    assert.deepEqual(await setDisabled(sql, user, true), []);
    assert.equal(await findCredentials(sql, username), undefined);
    assert.equal(await begins(), false);
    await setDisabled(sql, user, false);
    assert.equal(await begins(), true);

    const doer = async () => ({ session: await begin(sql, user), ...FROM });
    assert.equal(await askDeletion(sql, user, "another", await doer()), undefined);
    assert.equal((await askDeletion(sql, user, "hash", await doer()))?.ended.length, 3);
    assert.equal((await findCredentials(sql, username))?.leaving, true);
    assert.equal(await begins(), false);
    assert.notEqual(await callOffDeletion(sql, user, FROM), undefined);
    assert.equal(await callOffDeletion(sql, user, FROM), undefined);
    assert.equal(await begins(), true);

    await askDeletion(sql, user, "hash", await doer());
    await makeDue(sql, user);
    assert.equal(await findCredentials(sql, username), undefined);
    assert.equal(await callOffDeletion(sql, user, FROM), undefined);
  },
);

testWithDatabase(
  "emptyAccount empties what is due, without contacts, and once",
  async ({ sql }) => {
    const [user, friend, asker] = [await seedUser(sql), await seedUser(sql), await seedUser(sql)];
    const conversation = await seedContacts(sql, user, friend);
    const before = await row(sql, user);
    await requestContact(sql, asker, user, "");
    await begin(sql, user);
    assert.equal(await emptyAccount(sql, user), undefined);
    assert.ok(!(await readDueDeletions(sql)).includes(user));
    await makeDue(sql, user);
    assert.ok((await readDueDeletions(sql)).includes(user));
    // A contact came since they were taken off: they go first, or their rights would stay.
    assert.equal(await emptyAccount(sql, user), undefined);
    assert.deepEqual(await readContactIds(sql, user), [friend]);
    const [open] = await readMemberships(sql, [conversation]);
    await removeContact(sql, user, friend);
    const [shut] = await readMemberships(sql, [conversation]);
    assert.deepEqual([open?.open, shut?.open], [true, false]);
    assert.equal(shut?.membersRev, (open?.membersRev ?? 0) + 1);

    const file = await seedFile(sql, user);
    await sql`insert into uploads (id, owner_id, size, name) values (${newId()}, ${user}, 9, 'a.txt')`;
    const outcomes = await Promise.all([1, 2, 3].map(() => emptyAccount(sql, user)));
    // What they sent stays: letting go is all that an owner does.
    const [held] = await sql<{ kept: boolean; uploads: number }[]>`
      select kept, (select count(*)::int from uploads where owner_id = ${user}) as uploads
      from files where id = ${file.id}`;
    assert.deepEqual({ ...held }, { kept: false, uploads: 0 });
    const [emptied, ...others] = outcomes.filter((outcome) => outcome !== undefined);
    assert.deepEqual(emptied, { asked: [asker], peers: [{ user: friend, conversation }] });
    assert.equal(others.length, 0);
    const shown = await readUser(sql, user);
    assert.deepEqual([shown?.deleted, shown?.displayName], [true, ""]);
    assert.equal(await readMe(sql, user), undefined);
    assert.equal("deleted" in (await readUser(sql, friend) ?? {}), false);
    const { username, email } = before;
    const again = { id: newId(), username, email, displayName: "Again", passwordHash: "hash" };
    assert.ok("user" in await insertUser(sql, again));
  },
);

testWithDatabase("nobody becomes anything of somebody who is being deleted", async ({ sql }) => {
  const [user, asker] = [await seedUser(sql), await seedUser(sql)];
  await makeDue(sql, user);
  const locked = Promise.withResolvers<void>();
  const waits = Promise.withResolvers<void>();
  const deleting = sql.begin(async (tx) => {
    await tx`select from users where id = ${user} for update`;
    locked.resolve();
    await waits.promise;
    await tx`update users set deleted_at = clock_timestamp() where id = ${user}`;
  });
  await locked.promise;
  // Both wait for the lock or, where one transaction runs at a time, for their turn; or pass it over.
  const emptying = emptyAccount(sql, user);
  const asking = requestContact(sql, asker, user, "");
  setTimeout(waits.resolve, 50);
  await deleting;
  assert.equal(await emptying, undefined);
  assert.deepEqual(await asking, { outcome: "no-such-user" });
});

testWithDatabase(
  "finishDeletion waits for whoever is still being brought into a group",
  async ({ sql }) => {
    const [user, other] = [await seedUser(sql), await seedUser(sql)];
    await makeDue(sql, user);
    await emptyAccount(sql, user);
    const group = await seedGroup(sql, [other]);
    await finishDeletion(sql, user);
    assert.notEqual((await row(sql, user)).deletesAt, null);
    await addMember(sql, group, user);
    assert.deepEqual(await readGroupsOfDeleted(sql, user), [group]);
    assert.deepEqual(await readGroupsOfDeleted(sql, other), []);
    await sql`update users set deleted_at = deleted_at - interval '61 seconds'
      where id = ${user}`;
    await finishDeletion(sql, user);
    assert.notEqual((await row(sql, user)).deletesAt, null);
    await sql`delete from members where user_id = ${user}`;
    await finishDeletion(sql, user);
    assert.equal((await row(sql, user)).deletesAt, null);
  },
);
