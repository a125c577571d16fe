import type { Conversation, Id, SharedConversation } from "../../protocol/model.ts";
import type { LogChange } from "../append_event.ts";
import { readConversation } from "../conversations.ts";
import type { Transaction } from "../open.ts";

/** What is to be told once a change of a group is committed. */
export type GroupNews = {
  /** For all members; there is always something. */
  log: readonly LogChange[];
  /** For all members, as it is after the change. */
  shared: SharedConversation;
  /** For people whose own membership changed: those named together see the same. */
  own: readonly { users: readonly Id[]; conversation: Conversation }[];
  /** Who became a member. */
  came?: readonly Id[];
  /** Who is no member any more. */
  gone?: { user: Id; reason: "left" | "removed" };
};

export async function readShared(tx: Transaction, id: Id): Promise<SharedConversation> {
  const [shared] = await tx<SharedConversation[]>`
    select id, kind, title, avatar, seq, rev, member_count, announcement, history_visible, created_at
    from conversations where id = ${id}`;
  if (shared === undefined) throw new Error(`there is no conversation ${id}`);
  return shared;
}

/** The whole conversation of somebody who was found to be in it, under the same lock. */
export async function readOwn(tx: Transaction, user: Id, id: Id): Promise<Conversation> {
  const conversation = await readConversation(tx, user, id);
  if (conversation === undefined) throw new Error(`${user} is no member of ${id}`);
  return conversation;
}
