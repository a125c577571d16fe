import type { Conversation, Id } from "../../protocol/model.ts";
import { appendEvent } from "../append_event.ts";
import { arrayLiteral, type Transaction } from "../open.ts";
import { type GroupNews, readOwn, readShared } from "./group_news.ts";
import type { Locked } from "./lock_group.ts";
import { membersChanged } from "./members_changed.ts";
import { namePeople } from "./name_people.ts";

/** Makes `users`, of whom none is in it, members of a locked group, and says so in its log. */
export async function admit(
  tx: Transaction,
  group: Pick<Locked, "id" | "seq">,
  users: readonly [Id, ...Id[]],
  by: Id,
): Promise<{ conversation: Conversation; news: GroupNews }> {
  await insertMembers(tx, group, users);
  await membersChanged(tx, group.id);
  const change = await appendEvent(tx, group.id, { type: "joined", by, ...namePeople(users) });
  // One stands for all: newcomers have read nothing and set nothing.
  const conversation = await readOwn(tx, users[0], group.id);
  const shared = await readShared(tx, group.id);
  const own = [{ users, conversation }];
  return { conversation, news: { log: [change], shared, own, came: users } };
}

/** What was said up to now is not unread to them; nor theirs to read, unless history is visible. */
export async function insertMembers(
  tx: Transaction,
  { id, seq }: Pick<Locked, "id" | "seq">,
  users: readonly Id[],
): Promise<void> {
  await tx`
    insert into members (conversation_id, user_id, joined_seq, read_seq, delivered_seq)
    select ${id}::uuid, u, ${seq}::bigint, ${seq}::bigint, ${seq}::bigint
    from unnest(${arrayLiteral(users)}::uuid[]) u`;
}
