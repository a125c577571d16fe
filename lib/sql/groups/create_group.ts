import { createHash } from "node:crypto";
import { AppError } from "../../errors.ts";
import { newId } from "../../ids.ts";
import type { Conversation, Id } from "../../protocol/model.ts";
import { appendEvent } from "../append_event.ts";
import { readConversation } from "../conversations.ts";
import { inTransaction } from "../in_transaction.ts";
import type { Sql, Transaction } from "../open.ts";
import { insertMembers } from "./admit.ts";
import { type GroupNews, readOwn, readShared } from "./group_news.ts";
import { membersChanged } from "./members_changed.ts";
import { namePeople } from "./name_people.ts";
import { requireContacts } from "./require_contacts.ts";

export type NewGroup = { title: string; members: readonly Id[]; clientId?: Id | undefined };

/** What became of the request: the maker's conversation, and news unless it was made before. */
export type CreatedGroup = { conversation: Conversation; news?: GroupNews };

/** @throws AppError `not-contact`, `conflict`, `gone` */
export async function createGroup(sql: Sql, maker: Id, group: NewGroup): Promise<CreatedGroup> {
  const { title, members, clientId } = group;
  const users = [...new Set(members)].filter((user) => user !== maker);
  const hash = hashOf(title, users);
  return await inTransaction(sql, async (tx): Promise<CreatedGroup> => {
    // Before anything else: people may have ceased to be contacts since it was made.
    const before = clientId && await findMade(tx, maker, clientId, hash);
    if (before) return { conversation: before };
    await requireContacts(tx, maker, users, (user) => `members.${members.indexOf(user)}`);
    const id = newId();
    // Of the same request at the same moment this one fails, runs again and finds the other's group.
    await tx`
      insert into conversations (id, kind, title, created_by, client_id, client_hash)
      values (${id}, 'group', ${title}, ${maker}, ${clientId ?? null}, decode(${hash}, 'hex'))`;
    await tx`
      insert into members (conversation_id, user_id, role) values (${id}, ${maker}, 'owner')`;
    await insertMembers(tx, { id, seq: 0 }, users);
    await membersChanged(tx, id);
    const created = { type: "created", by: maker, ...namePeople(users), title } as const;
    const log = [await appendEvent(tx, id, created)];
    const shared = await readShared(tx, id);
    const conversation = await readOwn(tx, maker, id);
    // One stands for all who were brought in: nobody has read or set anything yet.
    const own = [{ users: [maker], conversation }];
    if (users[0]) own.push({ users, conversation: await readOwn(tx, users[0], id) });
    return { conversation, news: { log, shared, own, came: [maker, ...users] } };
  });
}

/** The group that was made by an earlier try of the same request. */
async function findMade(
  tx: Transaction,
  maker: Id,
  clientId: Id,
  hash: string,
): Promise<Conversation | undefined> {
  const [made] = await tx<{ id: Id; same: boolean }[]>`
    select id, client_hash = decode(${hash}, 'hex') as same
    from conversations where created_by = ${maker} and client_id = ${clientId}`;
  if (made === undefined) return undefined;
  if (!made.same) throw new AppError("conflict", "another group was made under this clientId");
  const conversation = await readConversation(tx, maker, made.id);
  if (conversation === undefined) throw new AppError("gone", "you are not in this group any more");
  return conversation;
}

function hashOf(title: string, users: readonly Id[]): string {
  return createHash("sha256").update(JSON.stringify([title, [...users].sort()])).digest("hex");
}
