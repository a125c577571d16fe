/** Files put straight into the database, and their bytes into a store, for tests that upload none. */
import { createHash } from "node:crypto";
import type { ObjectStore } from "../../lib/files/object_store.ts";
import { newId } from "../../lib/ids.ts";
import type { Attachment, Id } from "../../lib/protocol/model.ts";
import { readAttachment } from "../../lib/sql/files/attachments.ts";
import { roomOf } from "../../lib/sql/files/quota.ts";
import type { Sql } from "../../lib/sql/open.ts";

export type SeededFile = {
  /** Otherwise there is a row for the object, and no object. */
  store?: ObjectStore;
  /** Otherwise a few that no other file has. */
  bytes?: Uint8Array<ArrayBuffer>;
  name?: string;
  type?: string;
  width?: number;
  height?: number;
  duration?: number;
  placeholder?: string;
  waveform?: string;
  thumbnail?: { bytes: Uint8Array<ArrayBuffer>; type: string };
};

/** A person's file. Bytes that somebody has already are theirs as well: there is one content of them. */
export async function seedFile(sql: Sql, owner: Id, of: SeededFile = {}): Promise<Attachment> {
  const id = newId();
  const bytes = of.bytes ?? new TextEncoder().encode(`the bytes of ${id}`);
  const { name = "notes.txt", type = "text/plain", store, thumbnail } = of;
  const { width = null, height = null, duration = null } = of;
  const { placeholder = null, waveform = null } = of;
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const [made] = await sql<{ id: Id }[]>`
    insert into contents (id, sha256, size, type, width, height, duration)
    values (${newId()}, decode(${sha256}, 'hex'), ${bytes.length}, ${type}, ${width}, ${height},
      ${duration})
    on conflict (sha256) do nothing returning id`;
  if (made !== undefined) await seedObject(sql, { content: made.id }, bytes, store);
  await sql`
    insert into files (id, owner_id, content_id, name, placeholder, waveform, room)
    select ${id}, ${owner}, c.id, ${name}, ${placeholder}, ${waveform},
      ${roomOf(bytes.length) + (thumbnail?.bytes.length ?? 0)}
    from contents c where c.sha256 = decode(${sha256}, 'hex')`;
  if (thumbnail !== undefined) {
    await seedObject(sql, { file: id, type: thumbnail.type }, thumbnail.bytes, store);
  }
  const attachment = await readAttachment(sql, owner, id);
  if (attachment === undefined) throw new Error("a file was seeded that its owner may not read");
  return attachment;
}

async function seedObject(
  sql: Sql,
  holder: { content: Id } | { file: Id; type: string },
  bytes: Uint8Array<ArrayBuffer>,
  store: ObjectStore | undefined,
): Promise<void> {
  const id = newId();
  const of = "content" in holder
    ? { content_id: holder.content }
    : { thumbnail_of: holder.file, type: holder.type };
  await sql`insert into objects ${sql({ id, size: bytes.length, ...of })}`;
  if (store === undefined) return;
  const writer = await store.create(id);
  await writer.write(bytes);
  await writer.finish();
}
