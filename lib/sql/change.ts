import { LIMITS } from "../protocol/codes.ts";
import type { Id, Message } from "../protocol/model.ts";
import { messageJson } from "./messages.ts";
import { arrayLiteral, type Sql } from "./open.ts";
import { sentHash } from "./sent_before.ts";

/** What somebody does to a message that is in the log. */
export type ChangeAction =
  | { do: "edit"; text: string }
  | { do: "recall" }
  | { do: "react"; emoji: string; on: boolean }
  | { do: "pin"; on: boolean };

export type ChangeEntry = {
  conversation: Id;
  seq: number;
  actor: Id;
  /** Messages up to here are not for this person. */
  visibleAfter: number;
  /** May do to others' messages what people may do to their own. */
  moderates: boolean;
  action: ChangeAction;
};

export type ChangeRow =
  /** The message as it is now. `unchanged`: that is what it was before, too. */
  | { outcome: "changed" | "unchanged"; message: Message }
  /** To be tried again: the membership changed since the version that was named, or the message did. */
  | { outcome: "stale" }
  | { outcome: "not-found" | "forbidden" | "recalled" | "too-late" | "too-many" };

/**
 * Changes messages in the logs of their conversations: one statement, so that either all of it is
 * durable or nothing happened. Each change gets the next `rev` of its conversation, in the order of
 * the entries. No two entries may name the same message.
 *
 * A batch whose outcome is unknown is run again: what its first run did is `unchanged` in the second,
 * or, where somebody else changed it back in between, done once more, as if it had come just now.
 *
 * @returns a row for each entry, in their order
 */
export async function changeBatch(
  sql: Sql,
  entries: readonly ChangeEntry[],
  versions: ReadonlyMap<Id, number>,
): Promise<ChangeRow[]> {
  const rows = await sql<{ outcome: ChangeRow["outcome"]; message: Message | null }[]>`
    with locked as materialized (
      -- As appends do: by its index, and in one order everywhere.
      select c.*, c.members_rev = v.members_rev as current
      from (
        select t.* from unnest(${arrayLiteral([...versions.keys()])}::text::uuid[],
          ${arrayLiteral([...versions.values()].map(String))}::text::bigint[])
          as t(conversation_id, members_rev)
        order by t.conversation_id
      ) v cross join lateral (
        select c.id, c.rev, c.members_rev from conversations c
        where c.id = v.conversation_id limit 1 for update
      ) c
    ), moment as materialized (
      -- Read once the locks are held.
      select date_trunc('milliseconds', clock_timestamp()) as at from (select count(*) from locked) l
    ), asked as materialized (
      select t.*, l.rev as head, m.rev as known_rev,
        case when t.action = 'react' then
          coalesce(m.reactions -> t.content, '[]') - t.actor::text ||
            case when t.is_on then jsonb_build_array(t.actor) else '[]' end end as reacting,
        case
          when l.current is not true then 'stale'
          when m.seq is null or m.seq <= t.visible_after then 'not-found'
          when m.kind = 'system' then 'forbidden'
          when t.action = 'recall' and m.sender_id <> t.actor and not t.moderates then 'forbidden'
          when t.action = 'recall' and m.recalled_at is not null then 'unchanged'
          when t.action = 'recall' and not t.moderates
            and m.created_at + ${LIMITS.recallWithin}::float8 * interval '1 millisecond' < moment.at
            then 'too-late'
          when m.recalled_at is not null then 'recalled'
          when t.action = 'edit' and m.sender_id <> t.actor then 'forbidden'
          when t.action = 'pin' and not t.moderates then 'forbidden'
          when t.action = 'edit' and m.text = t.content
            or t.action = 'pin' and (m.pinned_at is not null) = t.is_on
            or t.action = 'react' and t.is_on = coalesce(m.reactions -> t.content ? t.actor::text, false)
            then 'unchanged'
          when t.action = 'react' and t.is_on and not coalesce(m.reactions ? t.content, false)
            and (select count(*) from jsonb_object_keys(m.reactions)) >= ${LIMITS.reactions}::int
            then 'too-many'
          when t.action = 'react' and t.is_on and (
            select sum(jsonb_array_length(people)) from jsonb_each(m.reactions) r (emoji, people)
          ) >= ${LIMITS.reacting}::int then 'too-many'
          else 'changed' end as outcome
      from unnest(${arrayLiteral(entries.map((e) => e.conversation))}::text::uuid[],
        ${arrayLiteral(entries.map((e) => String(e.seq)))}::text::bigint[],
        ${arrayLiteral(entries.map((e) => e.actor))}::text::uuid[],
        ${arrayLiteral(entries.map((e) => String(e.visibleAfter)))}::text::bigint[],
        ${arrayLiteral(entries.map((e) => String(e.moderates)))}::text::bool[],
        ${arrayLiteral(entries.map((e) => e.action.do))}::text::text[],
        ${arrayLiteral(entries.map((e) => contentOf(e.action)))}::text::text[],
        ${arrayLiteral(entries.map((e) => isOn(e.action)))}::text::bool[])
        with ordinality as t(conversation_id, seq, actor, visible_after, moderates, action, content,
          is_on, n)
      cross join moment
      left join locked l on l.id = t.conversation_id
      left join lateral (
        -- A range of one, as in sent_before.ts.
        select m.* from messages m
        where m.conversation_id = l.id and m.seq >= t.seq and m.seq <= t.seq
        order by m.seq limit 1
      ) m on true
    ), numbered as materialized (
      select *, head + count(*) filter (where outcome = 'changed') over (
        partition by conversation_id order by n rows unbounded preceding) as rev
      from asked
    ), changed as (
      update messages m set rev = n.rev,
        text = case n.action when 'edit' then n.content when 'recall' then '' else m.text end,
        sent_hash = case when n.action in ('edit', 'recall')
          then coalesce(m.sent_hash, ${sentHash(sql, "m")}) else m.sent_hash end,
        -- Only files and no text is what that word means.
        kind = case when n.action = 'edit' and m.kind = 'file' then 'text' else m.kind end,
        attachments = case n.action when 'recall' then null else m.attachments end,
        edited_at = case n.action when 'edit' then moment.at else m.edited_at end,
        recalled_at = case n.action when 'recall' then moment.at else m.recalled_at end,
        pinned_at = case n.action when 'pin' then case when n.is_on then moment.at end
          when 'recall' then null else m.pinned_at end,
        reactions = case n.action when 'recall' then null when 'react' then
          nullif(case when n.reacting = '[]' then m.reactions - n.content
            else coalesce(m.reactions, '{}') || jsonb_build_object(n.content, n.reacting) end, '{}')
          else m.reactions end
      from numbered n, moment
      where n.outcome = 'changed' and m.conversation_id = n.conversation_id and m.seq = n.seq
        -- Another node may have changed it while this waited for the lock: what was decided here was
        -- decided about the message as it was before.
        and m.rev = n.known_rev
      returning n.n, n.action, m.conversation_id, m.seq, m.rev, ${messageJson(sql, "m")} as message
    ), released as (
      -- With the message go its files: from here on they are for nobody who has them from it alone.
      delete from message_files h using changed x
      where x.action = 'recall' and h.conversation_id = x.conversation_id and h.seq = x.seq
    ), moved as (
      update conversations c set rev = l.rev, changed_at = moment.at
      from (select conversation_id, max(rev) as rev from changed group by 1) l, moment
      where c.id = l.conversation_id
    )
    select case when i.outcome = 'changed' and c.n is null then 'stale' else i.outcome end as outcome,
      coalesce(c.message, (
        select ${messageJson(sql, "x")} from messages x
        where i.outcome = 'unchanged' and x.conversation_id = i.conversation_id and x.seq = i.seq
      )) as message
    from numbered i left join changed c on c.n = i.n order by i.n`;
  return rows.map(({ outcome, message }): ChangeRow => {
    if (outcome !== "changed" && outcome !== "unchanged") return { outcome };
    if (message === null) throw new Error("a change answered without its message");
    return { outcome, message };
  });
}

function contentOf(action: ChangeAction): string | null {
  switch (action.do) {
    case "edit":
      return action.text;
    case "react":
      return action.emoji;
    case "recall":
    case "pin":
      return null;
  }
}

function isOn(action: ChangeAction): string | null {
  return "on" in action ? String(action.on) : null;
}
