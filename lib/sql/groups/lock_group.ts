import { AppError, notMember } from "../../errors.ts";
import type { Id, Role } from "../../protocol/model.ts";
import { arrayLiteral, type Queries, type Transaction } from "../open.ts";

/** A conversation whose row this transaction holds locked. */
export type Locked = {
  id: Id;
  kind: "direct" | "group";
  title: string;
  avatar: Id | null;
  announcement: string;
  historyVisible: boolean;
  seq: number;
};

/** As far as changes of it go: a row that only names the conversation, as an invitation, is let in. */
export async function lockConversation(tx: Transaction, id: Id): Promise<Locked | undefined> {
  const [locked] = await tx<Locked[]>`
    select id, kind, title, avatar, announcement, history_visible, seq
    from conversations where id = ${id} for no key update`;
  return locked;
}

/**
 * Begins a change of a group, so that such changes happen one after another; for `inGroup`, which
 * has seen that `user` is in it.
 * @returns the group, and what `user` is in it now that it is locked
 * @throws AppError `not-member`
 */
export async function lockGroup(
  tx: Transaction,
  id: Id,
  user: Id,
): Promise<Locked & { role: Role }> {
  const group = await lockConversation(tx, id);
  // A statement of its own: one that waits for a row reads everything else as of before the wait.
  const role = await readRole(tx, id, user);
  if (group === undefined || role === undefined) throw notMember();
  return { ...group, role };
}

/**
 * What `user` is in a group, without waiting for anybody.
 * @throws AppError `not-member` for whoever is not in it, `forbidden` where it is no group
 */
export async function requireRole(sql: Queries, id: Id, user: Id): Promise<Role> {
  const [found] = await sql<{ role: Role; kind: Locked["kind"] }[]>`
    select m.role, c.kind from members m join conversations c on c.id = m.conversation_id
    where m.conversation_id = ${id} and m.user_id = ${user}`;
  if (found === undefined) throw notMember();
  if (found.kind !== "group") {
    throw new AppError("forbidden", "this is a conversation of two people, not a group");
  }
  return found.role;
}

/**
 * Locks the rows of those members, before a change of more than one: in the order in which receipts
 * lock them, so that neither waits for what the other one holds.
 */
export async function lockMembers(
  tx: Transaction,
  id: Id,
  users: readonly Id[],
): Promise<void> {
  await tx`
    select from members
    where conversation_id = ${id} and user_id = any(${arrayLiteral(users)}::uuid[])
    order by user_id for update`;
}

/** Undefined for whoever is no member. */
export async function readRole(tx: Transaction, id: Id, user: Id): Promise<Role | undefined> {
  const [member] = await tx<{ role: Role }[]>`
    select role from members where conversation_id = ${id} and user_id = ${user}`;
  return member?.role;
}
