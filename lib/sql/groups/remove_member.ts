import { AppError } from "../../errors.ts";
import type { Conversation, Id, SystemEvent } from "../../protocol/model.ts";
import { appendEvent } from "../append_event.ts";
import type { Sql, Transaction } from "../open.ts";
import { type GroupNews, readOwn, readShared } from "./group_news.ts";
import { inGroup } from "./in_group.ts";
import { lockMembers, readRole } from "./lock_group.ts";
import { membersChanged } from "./members_changed.ts";
import { requireAbove, requireAdmin } from "./rights.ts";

/**
 * Takes `target` out of a group; oneself is to leave.
 * @throws AppError `not-member`, `forbidden`, `not-found`
 */
export async function removeMember(
  sql: Sql,
  user: Id,
  conversation: Id,
  target: Id,
): Promise<GroupNews> {
  return await inGroup(sql, conversation, user, async (tx, { role }): Promise<GroupNews> => {
    const leaves = target === user;
    if (!leaves) {
      requireAdmin(role);
      const other = await readRole(tx, conversation, target);
      if (other === undefined) throw new AppError("not-found", "this person is not in the group");
      requireAbove(role, other);
    }
    const heir = leaves && role === "owner" ? await findHeir(tx, conversation, user) : undefined;
    if (heir !== undefined) await lockMembers(tx, conversation, [user, heir]);
    await tx`delete from members where conversation_id = ${conversation} and user_id = ${target}`;
    if (heir !== undefined) await enthrone(tx, conversation, heir);
    await membersChanged(tx, conversation);
    const reason = leaves ? "left" : "removed";
    const log = [await appendEvent(tx, conversation, { type: reason, by: user, users: [target] })];
    const own: { users: Id[]; conversation: Conversation }[] = [];
    if (heir !== undefined) {
      const event: SystemEvent = { type: "role", by: user, users: [heir], role: "owner" };
      log.push(await appendEvent(tx, conversation, event));
      own.push({ users: [heir], conversation: await readOwn(tx, heir, conversation) });
    }
    const shared = await readShared(tx, conversation);
    return { log, shared, own, gone: { user: target, reason } };
  });
}

/** A group that its owner leaves goes to the admin, or else the member, who is in it longest. */
async function findHeir(tx: Transaction, conversation: Id, owner: Id): Promise<Id | undefined> {
  const [heir] = await tx<{ userId: Id }[]>`
    select user_id from members
    where conversation_id = ${conversation} and user_id <> ${owner}
    -- By position, not by time: a transaction's time is from before it waited for the lock.
    order by role = 'admin' desc, joined_seq, created_at, user_id limit 1`;
  return heir?.userId;
}

async function enthrone(tx: Transaction, conversation: Id, heir: Id): Promise<void> {
  await tx`update members set role = 'owner', silenced_until = null
    where conversation_id = ${conversation} and user_id = ${heir}`;
}
