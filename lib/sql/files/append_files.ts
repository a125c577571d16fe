import type { Fragment, Queries } from "../open.ts";
import { attachmentJson } from "./attachments.ts";
import { readableBy } from "./readable.ts";

/** Parts of the statement that appends messages (append.ts), each for the place that its name says. */
export type FileParts = Record<
  | "column"
  | "name"
  | "read"
  | "asked"
  | "join"
  | "found"
  | "insert"
  | "hold"
  | "told"
  | "missing"
  | "refuse",
  Fragment
>;

/**
 * What the statement has besides where messages of the batch carry files: each file is looked up as its
 * sender may read it, what readers are told of it is written into the message, and the message's hold on
 * it is a row. All of that is one commit with the message. A batch without files has none of it, and
 * costs what it cost before there were any.
 *
 * @param column the ids of each message's files, as arrays in an array; `{}` where none has any
 */
export function fileParts(sql: Queries, column: string): FileParts {
  const none = sql``;
  if (column === "{}") {
    return {
      ...{ column: none, name: none, read: none, join: none, found: none, insert: none },
      ...{ hold: none, told: none, missing: none, refuse: none, asked: sql`null::uuid[]` },
    };
  }
  return {
    column: sql`, ${column}::text::text[]`,
    name: sql`files,`,
    read: sql`t.files::uuid[] as files, carried.told, carried.missing,`,
    asked: sql`t.files::uuid[]`,
    join: sql`
      left join lateral (
        select jsonb_agg(${attachmentJson(sql, "f", "held")} order by a.position) as told,
          (array_agg(a.id order by a.position) filter (where f.id is null))[1] as missing
        from unnest(t.files::uuid[]) with ordinality as a(id, position)
        left join lateral (
          select f.* from files f
          where f.id = a.id and ${readableBy(sql, sql`t.sender_id`, "f")} limit 1
        ) f on true
        left join contents held on held.id = f.content_id
      ) carried on true`,
    found: sql`and missing is null`,
    insert: sql`attachments,`,
    hold: sql`, held as (
      insert into message_files (conversation_id, seq, position, file_id)
      select f.conversation_id, f.seq + f.step, a.position, a.id
      from numbered f cross join lateral unnest(f.files) with ordinality as a(id, position)
      where f.fresh
    )`,
    told: sql`told,`,
    missing: sql`missing,`,
    refuse: sql`when i.known_id is null and i.missing is not null then 'no-file'`,
  };
}
