import type { Attachment, Id } from "../../protocol/model.ts";
import type { Fragment, Queries, Sql } from "../open.ts";
import { readableBy } from "./readable.ts";

/**
 * An `Attachment` as one JSON column, from the rows of `files` and `contents` that are called so: fields
 * that do not apply are absent.
 */
export function attachmentJson(sql: Queries, file: string, content: string): Fragment {
  const ofFile = (name: string) => sql(`${file}.${name}`);
  const ofContent = (name: string) => sql(`${content}.${name}`);
  return sql`jsonb_strip_nulls(jsonb_build_object(
    'id', ${ofFile("id")}, 'name', ${ofFile("name")}, 'type', ${ofContent("type")},
    'size', ${ofContent("size")}, 'sha256', encode(${ofContent("sha256")}, 'hex'),
    'width', ${ofContent("width")}, 'height', ${ofContent("height")},
    -- What the content says of itself comes before what its sender says of it.
    'duration', coalesce(${ofContent("duration")}, ${ofFile("duration")}),
    'placeholder', ${ofFile("placeholder")}, 'waveform', ${ofFile("waveform")},
    'thumbnail', case when exists (
      select from objects small where small.thumbnail_of = ${
    ofFile("id")
  } and small.size is not null
    ) then true end))`;
}

/** What a message would tell of this file. Undefined where `user` may not read it, or it is not there. */
export async function readAttachment(
  sql: Sql,
  user: Id,
  file: Id,
): Promise<Attachment | undefined> {
  const [row] = await sql<{ attachment: Attachment }[]>`
    select ${attachmentJson(sql, "f", "c")} as attachment
    from files f join contents c on c.id = f.content_id
    where f.id = ${file} and ${readableBy(sql, user, "f")}`;
  return row?.attachment;
}
