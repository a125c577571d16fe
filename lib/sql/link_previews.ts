import type { Id, LinkPreview } from "../protocol/model.ts";
import type { Fragment, Queries, Sql } from "./open.ts";

/** Days for which a preview is shown, and minutes for which nothing was there to be shown. */
const FRESH_DAYS = 7;
const EMPTY_MINUTES = 30;
/**
 * Bytes of all of them together, the latest ones: anybody may make as many pages as they like, and their
 * pictures are within nobody's quota. What each has beside its picture is counted as so much.
 */
const MOST_BYTES = 1024 ** 3;
const ROW_BYTES = 16 * 1024;

export type NewLinkPreview = Omit<LinkPreview, "id" | "image"> & {
  image?: { object: Id; size: number; type: string; width: number; height: number } | undefined;
};

/**
 * What is known of an address.
 * @returns null where there was nothing to show, undefined where it has to be asked
 */
export async function readLinkPreview(
  sql: Sql,
  url: string,
): Promise<LinkPreview | null | undefined> {
  const [row] = await sql<{ preview: LinkPreview | null }[]>`
    select ${previewJson(sql)} as preview from link_previews
    where url_sha256 = sha256(convert_to(${url}, 'UTF8'))
      and fetched_at > clock_timestamp() - case when title is null
        then ${EMPTY_MINUTES}::float8 * interval '1 minute'
        else ${FRESH_DAYS}::float8 * interval '1 day' end`;
  return row?.preview;
}

/** Puts what was found in place of what was known; null for nothing. */
export async function writeLinkPreview(
  sql: Sql,
  id: Id,
  url: string,
  found: NewLinkPreview | null,
): Promise<LinkPreview | null> {
  return await sql.begin(async (tx) => {
    const [row] = await tx<{ id: Id; preview: LinkPreview | null }[]>`
      insert into link_previews as p (id, url_sha256, url, title, description, site, image_type,
        image_width, image_height)
      values (${id}, sha256(convert_to(${url}, 'UTF8')), ${found?.url ?? url},
        ${found?.title ?? null}, ${found?.description ?? ""}, ${found?.site ?? ""},
        ${found?.image?.type ?? null}, ${found?.image?.width ?? null},
        ${found?.image?.height ?? null})
      on conflict (url_sha256) do update set url = excluded.url, title = excluded.title,
        description = excluded.description, site = excluded.site, image_type = excluded.image_type,
        image_width = excluded.image_width, image_height = excluded.image_height,
        fetched_at = clock_timestamp()
      returning id, ${previewJson(tx)} as preview`;
    if (row === undefined) throw new Error("a preview was written and is not there");
    await tx`update objects set preview_of = null where preview_of = ${row.id}`;
    if (found?.image !== undefined) {
      await tx`
        update objects set preview_of = ${row.id}, size = ${found.image.size}
        where id = ${found.image.object} and size is null and not doomed`;
    }
    return row.preview;
  });
}

export type PreviewImage = { object: Id; type: string; size: number };

export async function readPreviewImage(sql: Sql, id: Id): Promise<PreviewImage | undefined> {
  const [row] = await sql<PreviewImage[]>`
    select o.id as object, p.image_type as type, o.size
    from link_previews p join objects o on o.preview_of = p.id
    where p.id = ${id} and p.image_type is not null and o.size is not null`;
  return row;
}

/** Those that nobody is shown any more, or that are too many; their pictures are nobody's then. */
export async function sweepLinkPreviews(sql: Sql, most = MOST_BYTES): Promise<void> {
  await sql`
    delete from link_previews
    where fetched_at < clock_timestamp() - ${FRESH_DAYS}::float8 * interval '1 day'`;
  await sql`
    delete from link_previews where id in (
      select id from (
        select p.id, sum(${ROW_BYTES}::bigint + coalesce(o.size, 0))
          over (order by p.fetched_at desc, p.id) as held
        from link_previews p left join objects o on o.preview_of = p.id
      ) all_of_them where held > ${most}::bigint)`;
}

function previewJson(sql: Queries): Fragment {
  return sql`case when title is not null then jsonb_strip_nulls(jsonb_build_object('id', id, 'url', url,
    'title', title, 'description', description, 'site', site,
    'image', case when image_type is not null
      then jsonb_build_object('width', image_width, 'height', image_height) end)) end`;
}
