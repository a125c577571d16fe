import type { AppendEntry, AppendRow } from "./append.ts";
import { arrayLiteral, type Sql } from "./open.ts";
import { sentBefore, sentTheSame } from "./sent_before.ts";

/**
 * Which of these were stored by an earlier try: for whoever may not write any more, and asks only
 * because the answer was lost.
 *
 * @returns a row for each entry, in their order; undefined where it was not
 */
export async function findSent(
  sql: Sql,
  entries: readonly AppendEntry[],
): Promise<(AppendRow | undefined)[]> {
  const column = (pick: (entry: AppendEntry) => string | number | undefined) =>
    arrayLiteral(entries.map((entry) => pick(entry)?.toString() ?? null));
  type Row = { n: number; id: string; seq: number; rev: number; createdAt: string };
  const rows = await sql<Row[]>`
    select t.n, k.id, k.seq, k.rev, k.created_at
    from unnest(${column((e) => e.conversation)}::text::uuid[],
      ${column((e) => e.sender)}::text::uuid[], ${column((e) => e.clientId)}::text::uuid[],
      ${column((e) => e.text)}::text::text[], ${column((e) => e.replyTo)}::text::bigint[],
      ${column((e) => e.mentions && `{${e.mentions.join()}}`)}::text::text[],
      ${column((e) => e.mentionsAll && "t")}::text::bool[],
      ${column((e) => e.attachments && `{${e.attachments.join()}}`)}::text::text[])
      with ordinality as t(conversation_id, sender_id, client_id, text, reply_to, mentions,
        mentions_all, files, n)
    cross join lateral (${sentBefore(sql, "t.conversation_id")}) k
    where ${sentTheSame(sql, sql`t.files::uuid[]`)}`;
  const found = new Map(rows.map((row) => [row.n, row]));
  return entries.map((_, index): AppendRow | undefined => {
    const row = found.get(index + 1);
    if (row === undefined) return undefined;
    const { id, seq, rev, createdAt: at } = row;
    return { outcome: "duplicate", id, seq, rev, at };
  });
}
