import { newId } from "../ids.ts";
import type { Id, Message, SystemEvent } from "../protocol/model.ts";
import { messageJson } from "./messages.ts";
import type { Transaction } from "./open.ts";

/** A message that is to be announced, and the version of the membership it was said under. */
export type LogChange = { message: Message; membersRev: number };

/**
 * Says in a conversation's own log what was done to it. Whoever calls holds the conversation's row
 * locked, has bumped `members_rev` where that was due, and announces the answer after the commit.
 */
export async function appendEvent(
  tx: Transaction,
  conversation: Id,
  event: SystemEvent,
): Promise<LogChange> {
  const [change] = await tx<LogChange[]>`
    with moment as materialized (
      select date_trunc('milliseconds', clock_timestamp()) as at
    ), moved as (
      update conversations set seq = seq + 1, rev = rev + 1,
        active_at = moment.at, changed_at = moment.at
      from moment where id = ${conversation}
      returning seq, rev, members_rev, at
    ), added as (
      insert into messages (conversation_id, seq, rev, id, sender_id, client_id, kind, text, event,
        created_at)
      select ${conversation}, seq, rev, ${newId()}, ${event.by}, ${newId()}, 'system', '',
        ${JSON.stringify(event)}::text::jsonb, at
      from moved returning *
    )
    select ${messageJson(tx, "added")} as message, moved.members_rev from added, moved`;
  if (change === undefined) throw new Error(`there is no conversation ${conversation}`);
  return change;
}
