import { AppError } from "../errors.ts";
import type { Id, InvitePreview, Time } from "../protocol/model.ts";
import { readBlocks } from "./blocks.ts";
import { requireRole } from "./groups/lock_group.ts";
import { requireAdmin } from "./groups/rights.ts";
import type { Fragment, Queries, Sql } from "./open.ts";
import { readRelatedUser } from "./users.ts";

export type NewInvite = {
  hash: string;
  maker: Id;
  seconds: number;
  maxUses: number | undefined;
};

/**
 * For a group. @returns when it expires
 * @throws AppError `not-member`, `forbidden`
 */
export async function createGroupInvite(
  sql: Sql,
  conversation: Id,
  invite: NewInvite,
): Promise<Time> {
  // Without the group's lock: an invitation is judged by what its maker is when it is accepted.
  requireAdmin(await requireRole(sql, conversation, invite.maker));
  return await insertInvite(sql, conversation, invite);
}

/** To become the maker's contact. @returns when it expires */
export async function createPersonalInvite(sql: Sql, invite: NewInvite): Promise<Time> {
  return await insertInvite(sql, null, invite);
}

async function insertInvite(
  sql: Queries,
  conversation: Id | null,
  { hash, maker, seconds, maxUses }: NewInvite,
): Promise<Time> {
  // Those that ended long ago are swept along: nothing else ever looks at them.
  const [row] = await sql<{ expiresAt: Time }[]>`
    with swept as (delete from invites where expires_at < now() - interval '30 days')
    insert into invites (hash, conversation_id, created_by, max_uses, expires_at)
    values (${hash}, ${conversation}, ${maker}, ${maxUses ?? null},
      date_trunc('milliseconds', clock_timestamp()) + make_interval(secs => ${seconds}))
    returning expires_at`;
  if (row === undefined) throw new Error("insert returned no invitation");
  return row.expiresAt;
}

/**
 * Ends all invitations of a group, whoever made them.
 * @throws AppError `not-member`, `forbidden`
 */
export async function revokeGroupInvites(sql: Sql, user: Id, conversation: Id): Promise<void> {
  requireAdmin(await requireRole(sql, conversation, user));
  // In one order, so that two who do this at once do not wait for each other.
  await sql`update invites set expires_at = clock_timestamp()
    where hash in (
      select hash from invites
      where conversation_id = ${conversation} and expires_at > clock_timestamp()
      order by hash for update)`;
}

/** Ends all personal invitations of `user`. */
export async function revokePersonalInvites(sql: Sql, user: Id): Promise<void> {
  await sql`update invites set expires_at = clock_timestamp()
    where created_by = ${user} and conversation_id is null and expires_at > clock_timestamp()`;
}

export type Invitation = { maker: Id; conversation: Id | null; expiresAt: Time; works: boolean };

/** @throws AppError `not-found` */
export async function readInvite(sql: Queries, hash: string): Promise<Invitation> {
  const [invite] = await sql<Invitation[]>`
    select created_by as maker, conversation_id as conversation, expires_at, ${works(sql)} as works
    from invites i where hash = ${hash}`;
  if (invite === undefined) throw new AppError("not-found", "there is no such invitation");
  return invite;
}

/** Counts a use, never one too many. @throws AppError `gone` */
export async function useInvite(sql: Queries, hash: string): Promise<void> {
  const used = await sql`
    update invites i set uses = uses + 1 where hash = ${hash} and ${works(sql)} returning hash`;
  if (used.length === 0) throw inviteGone();
}

function works(sql: Queries): Fragment {
  return sql`(i.expires_at > clock_timestamp() and (i.max_uses is null or i.uses < i.max_uses)
    and (i.conversation_id is null or exists (
      select from members m where m.conversation_id = i.conversation_id
        and m.user_id = i.created_by and m.role in ('owner', 'admin'))))`;
}

export function inviteGone(): AppError {
  return new AppError("gone", "this invitation is not valid any more");
}

/**
 * What `user` sees of an invitation before accepting it.
 * @throws AppError `not-found`, `gone`
 */
export async function previewInvite(sql: Sql, user: Id, hash: string): Promise<InvitePreview> {
  const invite = await readInvite(sql, hash);
  const { maker, conversation, expiresAt, works } = invite;
  if (conversation !== null) {
    const [group] = await sql<GroupPreview[]>`
      select c.title, c.avatar, c.member_count,
        (select m.conversation_id from members m
          where m.conversation_id = c.id and m.user_id = ${user}) as conversation
      from conversations c where c.id = ${conversation}`;
    if (group === undefined || (!works && group.conversation === null)) throw inviteGone();
    return { kind: "group", ...group, expiresAt };
  }
  const found = await readRelatedUser(sql, user, maker);
  const blocks = await readBlocks(sql, user, maker);
  if (found === undefined || blocks.own || blocks.others) throw inviteGone();
  const { relation, ...from } = found;
  if (!works && relation !== "contact" && relation !== "self") throw inviteGone();
  return { kind: "contact", from, relation, expiresAt };
}

type GroupPreview = Omit<Extract<InvitePreview, { kind: "group" }>, "kind" | "expiresAt">;
