import type { Attachment, Id, Time } from "../protocol/model.ts";
import { fileParts } from "./files/append_files.ts";
import { arrayLiteral, type Sql } from "./open.ts";
import { sentBefore, sentTheSame } from "./sent_before.ts";

export type AppendEntry = {
  /** Made by the server before the first attempt, so that a repeated attempt knows its own work. */
  id: Id;
  conversation: Id;
  sender: Id;
  clientId: Id;
  /** `file`: files and no text. */
  kind: "text" | "file";
  text: string;
  replyTo: number | undefined;
  /** Messages up to here are not for the sender: to reply to one is to reply to nothing. */
  visibleAfter?: number | undefined;
  mentions: readonly Id[] | undefined;
  mentionsAll: true | undefined;
  /** Ids of files, none twice. */
  attachments?: readonly Id[] | undefined;
};

export type StoredOutcome = "stored" | "stored-before" | "duplicate";

export type AppendRow =
  /**
   * `stored-before`: by an earlier run of this batch, and it may have been changed since.
   * `attachments` of what was stored just now, and has some.
   */
  | {
    outcome: StoredOutcome;
    id: Id;
    seq: number;
    rev: number;
    at: Time;
    attachments?: Attachment[];
  }
  /** The `clientId` was used before, for another payload. */
  | { outcome: "conflict" }
  /**
   * To be tried again: the membership changed since the version that was named, the conversation is
   * gone, or an entry of the same key was before it in the batch and was not stored.
   */
  | { outcome: "stale" }
  /** `replyTo` names a message that does not exist, or that the sender may not see. */
  | { outcome: "bad-reply" }
  /** This one of its files is not there, or not for the sender. */
  | { outcome: "no-file"; file: Id };

/**
 * Appends a batch to the logs of its conversations: one statement, so that either all of it is
 * durable or nothing happened, and no rollback can leave a hole in `seq`.
 *
 * A retry is known by its (conversation, sender, clientId); where a batch holds the same key twice,
 * only the earlier entry is stored. A conversation whose `members_rev` is not the one in `versions`
 * takes nothing.
 *
 * Two nodes that store the same retry at the same moment cannot see each other's row; the second
 * one fails with 23505 (unique violation) and is meant to be run again. So is one whose file was removed
 * while it ran (23503, foreign key violation): the next run refuses that entry alone.
 *
 * @returns a row for each entry, in their order
 */
export async function appendBatch(
  sql: Sql,
  entries: readonly AppendEntry[],
  versions: ReadonlyMap<Id, number>,
): Promise<AppendRow[]> {
  const { firsts, twins } = splitTwins(entries);
  const found = await store(sql, firsts, versions);
  if (twins.size === 0) return found;
  const rows = new Map(firsts.map((entry, index) => [entry, found[index]]));
  return entries.map((entry) => {
    const first = twins.get(entry);
    return first === undefined
      ? rows.get(entry) ?? { outcome: "stale" }
      : rowOfTwin(entry, first, rows.get(first));
  });
}

/** Entries whose key stands earlier in the batch, each with the entry that has it. */
function splitTwins(
  entries: readonly AppendEntry[],
): { firsts: readonly AppendEntry[]; twins: ReadonlyMap<AppendEntry, AppendEntry> } {
  const byKey = new Map<string, AppendEntry>();
  const twins = new Map<AppendEntry, AppendEntry>();
  for (const entry of entries) {
    const key = entry.clientId + entry.sender + entry.conversation;
    const first = byKey.get(key);
    if (first === undefined) byKey.set(key, entry);
    else twins.set(entry, first);
  }
  const firsts = twins.size === 0 ? entries : entries.filter((entry) => !twins.has(entry));
  return { firsts, twins };
}

function rowOfTwin(entry: AppendEntry, first: AppendEntry, row: AppendRow | undefined): AppendRow {
  const same = entry.text === first.text && entry.replyTo === first.replyTo &&
    entry.kind === first.kind && entry.mentions?.join() === first.mentions?.join() &&
    entry.mentionsAll === first.mentionsAll &&
    entry.attachments?.join() === first.attachments?.join();
  const isThere = row !== undefined && "seq" in row;
  if (same && isThere) {
    const { attachments: _, ...position } = row;
    return { ...position, outcome: "duplicate" };
  }
  if (same && row !== undefined) return row;
  // Where the first was not stored, this one has to be tried in its own right.
  return { outcome: isThere ? "conflict" : "stale" };
}

type Row = {
  outcome: AppendRow["outcome"];
  id: Id;
  seq: number;
  rev: number;
  createdAt: Time;
  told?: Attachment[] | null;
  missing?: Id | null;
};

async function store(
  sql: Sql,
  entries: readonly AppendEntry[],
  versions: ReadonlyMap<Id, number>,
): Promise<AppendRow[]> {
  // A conversation is named by its place in this list: a number is read and joined sooner.
  const conversations = [...versions.keys()];
  const places = new Map(conversations.map((id, index) => [id, index + 1]));
  const files = fileParts(
    sql,
    rareColumn(entries, (e) => e.attachments && plainArray(e.attachments)),
  );
  const rows = await sql<Row[]>`
    with locked as materialized (
      -- In one order everywhere, so that batches queue up rather than deadlock. Each by its index,
      -- whatever the planner believes about the table's size.
      select v.c, c.*, c.members_rev = v.members_rev as current
      from (
        select t.c, t.conversation_id, t.members_rev
        from unnest(${plainArray(conversations)}::text::uuid[], ${
    plainArray([...versions.values()])
  }::text::bigint[])
          with ordinality as t(conversation_id, members_rev, c)
        order by t.conversation_id
      ) v cross join lateral (
        select c.id, c.seq, c.rev, c.members_rev from conversations c
        where c.id = v.conversation_id limit 1 for update
      ) c
    ), moment as materialized (
      -- Read once the locks are held, so that times follow positions.
      select date_trunc('milliseconds', clock_timestamp()) as at from (select count(*) from locked) l
    ), placed as (
      select t.n, t.id, l.id as conversation_id, t.sender_id, t.client_id, t.kind, t.text,
        t.reply_to, t.mentions::uuid[] as mentions, coalesce(t.mentions_all, false) as mentions_all,
        t.visible_after, l.seq, l.rev, l.current, ${files.read}
        k.id as known_id, k.seq as known_seq, k.rev as known_rev, k.created_at as known_at,
        ${sentTheSame(sql, files.asked)} as same
      from unnest(${plainArray(entries.map((e) => places.get(e.conversation) ?? 0))}::text::int[],
        ${plainArray(entries.map((e) => e.id))}::text::uuid[],
        ${plainArray(entries.map((e) => e.sender))}::text::uuid[],
        ${plainArray(entries.map((e) => e.clientId))}::text::uuid[],
        ${plainArray(entries.map((e) => e.kind))}::text::text[],
        ${arrayLiteral(entries.map((e) => e.text))}::text::text[],
        ${rareColumn(entries, (e) => e.replyTo)}::text::bigint[],
        ${rareColumn(entries, (e) => e.mentions && plainArray(e.mentions))}::text::text[],
        ${rareColumn(entries, (e) => e.mentionsAll && "t")}::text::bool[],
        ${rareColumn(entries, (e) => e.replyTo && (e.visibleAfter || undefined))}::text::bigint[]
        ${files.column})
        with ordinality as t(c, id, sender_id, client_id, kind, text, reply_to, mentions,
          mentions_all, visible_after, ${files.name} n)
      left join locked l on l.c = t.c
      left join lateral (${sentBefore(sql, "l.id")}) k on true
      ${files.join}
    ), numbered as materialized (
      select p.*, count(*) filter (where p.fresh) over (
        partition by p.conversation_id order by p.n rows unbounded preceding) as step
      from (
        select *, current and known_id is null and (reply_to is null
          or reply_to <= seq and reply_to > coalesce(visible_after, 0)) ${files.found} as fresh
        from placed
      ) p
    ), moved as (
      update conversations c set seq = c.seq + a.added, rev = c.rev + a.added,
        active_at = t.at, changed_at = t.at
      from (select conversation_id, count(*) as added from numbered where fresh group by 1) a, moment t
      where c.id = a.conversation_id
    ), added as (
      insert into messages (conversation_id, seq, rev, id, sender_id, client_id, kind, text,
        reply_to, mentions, mentions_all, ${files.insert} created_at)
      select f.conversation_id, f.seq + f.step, f.rev + f.step, f.id, f.sender_id, f.client_id,
        f.kind, f.text, f.reply_to, f.mentions, f.mentions_all, ${files.told} t.at
      from numbered f, moment t where f.fresh order by f.conversation_id, f.step
    ) ${files.hold}
    select ${files.told} ${files.missing} case
        when i.fresh then 'stored'
        -- Before the rest: what an earlier run of this batch stored is stored, whatever changed since.
        when i.known_id = i.id then 'stored-before'
        when i.current is not true then 'stale'
        ${files.refuse}
        when i.known_id is null then 'bad-reply'
        when i.same then 'duplicate'
        else 'conflict' end as outcome,
      coalesce(i.known_id, i.id) as id, coalesce(i.known_seq, i.seq + i.step) as seq,
      coalesce(i.known_rev, i.rev + i.step) as rev, coalesce(i.known_at, t.at) as created_at
    from numbered i, moment t order by i.n`;
  return rows.map(({ outcome, id, seq, rev, createdAt, told, missing }): AppendRow => {
    if (outcome === "no-file") return { outcome, file: missing ?? "" };
    if (outcome === "conflict" || outcome === "stale" || outcome === "bad-reply") {
      return { outcome };
    }
    const position = { outcome, id, seq, rev, at: createdAt };
    return outcome === "stored" && told ? { ...position, attachments: told } : position;
  });
}

/** For elements without a character that an array's text would have to quote. */
function plainArray(values: readonly (string | number)[]): string {
  return `{${values.join()}}`;
}

/** `unnest` fills up with nulls: a column that no entry uses costs nothing. */
function rareColumn(
  entries: readonly AppendEntry[],
  pick: (entry: AppendEntry) => string | number | undefined,
): string {
  if (entries.every((entry) => pick(entry) === undefined)) return "{}";
  return arrayLiteral(entries.map((entry) => pick(entry)?.toString() ?? null));
}
