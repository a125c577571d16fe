import { AppError } from "../../errors.ts";
import type { Id, Member, Role, SystemEvent, Time } from "../../protocol/model.ts";
import { appendEvent, type LogChange } from "../append_event.ts";
import { readMembers } from "../conversations.ts";
import type { Sql, Transaction } from "../open.ts";
import { type GroupNews, readOwn, readShared } from "./group_news.ts";
import { inGroup } from "./in_group.ts";
import { lockMembers } from "./lock_group.ts";
import { membersChanged } from "./members_changed.ts";
import { requireAbove, requireAdmin, requireOwner } from "./rights.ts";

/** `silencedUntil` is null where somebody may write again. */
export type MemberChange = { role?: Role | undefined; silencedUntil?: Time | null | undefined };

/** The member as they are then, and news unless they were just that before. */
export type ChangedMember = { member: Member; news?: GroupNews };

/** @throws AppError `not-member`, `forbidden`, `not-found`, `conflict` */
export async function changeMember(
  sql: Sql,
  user: Id,
  conversation: Id,
  target: Id,
  change: MemberChange,
): Promise<ChangedMember> {
  return await inGroup(sql, conversation, user, async (tx, { role }): Promise<ChangedMember> => {
    requireAdmin(role);
    if (change.role !== undefined) requireOwner(role);
    const before = await readMember(tx, conversation, target);
    if (before === undefined) throw new AppError("not-found", "this person is not in the group");
    if (change.silencedUntil !== undefined) requireMaySilence(user, role, before);
    if (change.role === "owner" && change.silencedUntil) {
      throw new AppError("conflict", "an owner cannot be silenced: nobody could end that");
    }
    const events = [
      ...await changeRole(tx, user, conversation, before, change.role),
      ...await silence(tx, user, conversation, before, change.silencedUntil),
    ];
    if (events.length === 0) return { member: before };
    await membersChanged(tx, conversation);
    const log: LogChange[] = [];
    for (const event of events) log.push(await appendEvent(tx, conversation, event));
    const member = await readMember(tx, conversation, target) ?? before;
    const own = [];
    // Who hands the group over has another role from then on, too.
    const others = member.role !== before.role && member.role === "owner" ? [user] : [];
    for (const each of [target, ...others]) {
      own.push({ users: [each], conversation: await readOwn(tx, each, conversation) });
    }
    return { member, news: { log, shared: await readShared(tx, conversation), own } };
  });
}

function requireMaySilence(user: Id, role: Role, target: Member): void {
  // Or an admin whom the owner silenced would speak up again.
  if (target.user.id === user) throw new AppError("forbidden", "nobody silences themselves");
  requireAbove(role, target.role);
}

async function changeRole(
  tx: Transaction,
  owner: Id,
  conversation: Id,
  target: Member,
  role: Role | undefined,
): Promise<SystemEvent[]> {
  if (role === undefined || role === target.role) return [];
  if (target.user.id === owner) {
    throw new AppError("conflict", "a group has an owner: make somebody else the owner first");
  }
  if (role === "owner") {
    await lockMembers(tx, conversation, [owner, target.user.id]);
    await tx`update members set role = 'admin'
      where conversation_id = ${conversation} and user_id = ${owner}`;
  }
  // Nobody is above the owner, who could let them write again.
  await tx`update members set role = ${role},
      silenced_until = case when ${role === "owner"}::bool then null else silenced_until end
    where conversation_id = ${conversation} and user_id = ${target.user.id}`;
  return [{ type: "role", by: owner, users: [target.user.id], role }];
}

async function silence(
  tx: Transaction,
  by: Id,
  conversation: Id,
  target: Member,
  until: Time | null | undefined,
): Promise<SystemEvent[]> {
  if (until === undefined) return [];
  const changed = await tx`
    update members set silenced_until = ${until}
    where conversation_id = ${conversation} and user_id = ${target.user.id}
      -- What has run out is as good as none.
      and case when silenced_until > clock_timestamp() then silenced_until end
        is distinct from ${until}::timestamptz
    returning user_id`;
  if (changed.length === 0) return [];
  return [{ type: "silenced", by, users: [target.user.id], ...(until !== null && { until }) }];
}

async function readMember(
  tx: Transaction,
  conversation: Id,
  user: Id,
): Promise<Member | undefined> {
  const [member] = await readMembers(tx, conversation, [user]);
  return member;
}
