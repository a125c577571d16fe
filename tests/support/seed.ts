/** People and conversations put straight into the database, for tests that are not about making them. */
import { newId } from "../../lib/ids.ts";
import type { Id } from "../../lib/protocol/model.ts";
import { requestContact } from "../../lib/sql/contact_requests.ts";
import type { Sql } from "../../lib/sql/open.ts";
import { insertUser } from "../../lib/sql/users.ts";

let people = 0;

/** Of a password that nobody was ever told. */
export const NOBODYS_HASH =
  "$argon2id$v=19$m=19456,t=2,p=1$/TLPucCJ8+wN2AVYb9mxcw$gVvSsEh8MCmwNBfWIVC0NGerhapYuF+mrzD6TJIr8Wk";

export async function seedUser(
  sql: Sql,
  passwordHash = NOBODYS_HASH,
  id = newId(),
): Promise<Id> {
  const name = `person${++people}_${newId().slice(-6)}`;
  const outcome = await insertUser(sql, {
    id,
    username: name,
    email: `${name}@example.org`,
    displayName: name,
    passwordHash,
  });
  if ("taken" in outcome) throw new Error(`${outcome.taken} is taken`);
  return outcome.user.id;
}

/** Makes two people contacts; the answer is their conversation, in which that is the first message. */
export async function seedContacts(sql: Sql, one: Id, other: Id): Promise<Id> {
  await requestContact(sql, one, other, "");
  const outcome = await requestContact(sql, other, one, "");
  if (outcome.outcome !== "accepted") throw new Error(outcome.outcome);
  return outcome.change.message.conversation;
}

/**
 * Groups of all of `users`, who are contacts two by two and admins: who may do more has more that can go
 * wrong. The answer is their conversations.
 */
export async function seedTalkers(sql: Sql, users: readonly Id[], groups: number): Promise<Id[]> {
  const conversations: Id[] = [];
  for (let count = 0; count < groups; count++) conversations.push(await seedGroup(sql, users));
  for (let index = 0; index + 1 < users.length; index += 2) {
    const [one, other] = users.slice(index, index + 2);
    if (one && other) conversations.push(await seedContacts(sql, one, other));
  }
  await sql`update members set role = 'admin'`;
  return conversations;
}

export async function seedGroup(sql: Sql, users: readonly Id[], id = newId()): Promise<Id> {
  await sql.begin(async (tx) => {
    await tx`insert into conversations (id, kind, title, member_count)
      values (${id}, 'group', 'A group', ${users.length})`;
    for (const user of users) {
      await tx`insert into members (conversation_id, user_id) values (${id}, ${user})`;
    }
  });
  return id;
}

/** Removes a member as every change of membership must: version first, under the row's lock. */
export async function removeMember(
  sql: Sql,
  conversation: Id,
  user: Id,
  beforeCommit: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  await sql.begin(async (tx) => {
    await tx`update conversations set members_rev = members_rev + 1, member_count = member_count - 1
      where id = ${conversation}`;
    await tx`delete from members where conversation_id = ${conversation} and user_id = ${user}`;
    await beforeCommit();
  });
}

/** Adds a member who may read from the next message on. */
export async function addMember(sql: Sql, conversation: Id, user: Id): Promise<void> {
  await sql.begin(async (tx) => {
    const [row] = await tx<{ seq: number }[]>`
      update conversations set members_rev = members_rev + 1, member_count = member_count + 1
      where id = ${conversation} returning seq`;
    await tx`insert into members (conversation_id, user_id, joined_seq)
      values (${conversation}, ${user}, ${row?.seq ?? 0})`;
  });
}
