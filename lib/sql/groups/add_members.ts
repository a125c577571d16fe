import type { Id, Member } from "../../protocol/model.ts";
import { readMembers } from "../conversations.ts";
import { arrayLiteral, type Sql } from "../open.ts";
import { admit } from "./admit.ts";
import type { GroupNews } from "./group_news.ts";
import { inGroup } from "./in_group.ts";
import { requireContacts } from "./require_contacts.ts";

/** Those who were added, and news unless all of them were in it before. */
export type AddedMembers = { members: Member[]; news?: GroupNews };

/** @throws AppError `not-member`, `forbidden`, `not-contact`, `conflict` */
export async function addMembers(
  sql: Sql,
  user: Id,
  conversation: Id,
  people: readonly Id[],
): Promise<AddedMembers> {
  return await inGroup(sql, conversation, user, async (tx, group): Promise<AddedMembers> => {
    const present = await tx<{ userId: Id }[]>`
      select user_id from members
      where conversation_id = ${conversation} and user_id = any(${arrayLiteral(people)}::uuid[])`;
    const there = new Set(present.map(({ userId }) => userId));
    const [first, ...others] = new Set(people.filter((person) => !there.has(person)));
    if (first === undefined) return { members: [] };
    const newcomers: [Id, ...Id[]] = [first, ...others];
    await requireContacts(tx, user, newcomers, (person) => `users.${people.indexOf(person)}`);
    const { news } = await admit(tx, group, newcomers, user);
    return { members: await readMembers(tx, conversation, newcomers), news };
  });
}
