/** The files of the small world: one for each reason that somebody may have to read one. */
import type { ObjectStore } from "../../lib/files/object_store.ts";
import { newId } from "../../lib/ids.ts";
import type { Id } from "../../lib/protocol/model.ts";
import type { Sql, Transaction } from "../../lib/sql/open.ts";
import { seedFile } from "../support/seed_file.ts";
import { type Kind, KINDS, type People } from "./world.ts";

/** A content as somebody would say it to link it. */
type Content = { readonly id: Id; readonly sha256: string; readonly size: number };

/** What files consist of. It stays: only who holds it is made anew. */
export type Contents = {
  /** Was sent in the group, and nowhere else. */
  readonly sent: Content;
  /** As well, and it is so short that its bytes could be guessed. */
  readonly short: Content;
  /** What `sent` was before something was taken out of it. */
  readonly original: Omit<Content, "id">;
  /** Of every other file. */
  readonly common: Content;
  /** The small picture of the file that was sent in the group. */
  readonly thumbnail: Id;
};

export type Files = {
  /** The owner's, sent in the group after the member came. It has a small picture. */
  readonly sent: Id;
  readonly short: Id;
  /** Of `other`, sent in the group before the member came. */
  readonly unseen: Id;
  /** The ex-member's own, sent in the group while they were there. */
  readonly exMembers: Id;
  /** The contact's and the blocked one's, sent to the owner. */
  readonly direct: Id;
  readonly closed: Id;
  /** The owner's, in a message of the group that was recalled. */
  readonly recalled: Id;
  /** The admin's, who let go of it after it was sent in the group. */
  readonly letGo: Id;
  /** What `nobody` and the group look like. */
  readonly portrait: Id;
  readonly groupPicture: Id;
  /** Pictures that nobody was shown. */
  readonly own: Readonly<Record<Kind, Id>>;
};

type Places = { readonly group: Id; readonly direct: Id; readonly closed: Id };

/** @param owner is nobody in particular: their file goes when the world is made */
export async function seedContents(sql: Sql, store: ObjectStore, owner: Id): Promise<Contents> {
  const bytes = (size: number) => crypto.getRandomValues(new Uint8Array(size));
  const picture = { store, type: "image/png", width: 40, height: 30 };
  const thumbnail = { bytes: bytes(100), type: "image/webp" };
  const seed = async (size: number, more: Parameters<typeof seedFile>[2] = {}) => {
    const { id: file, sha256 } = await seedFile(sql, owner, {
      ...picture,
      bytes: bytes(size),
      ...more,
    });
    const [row] = await sql<{ id: Id; thumbnail: Id | null }[]>`
      select f.content_id as id, o.id as thumbnail
      from files f left join objects o on o.thumbnail_of = f.id where f.id = ${file}`;
    if (row === undefined) throw new Error("a file was seeded that is not there");
    return { id: row.id, sha256, size, thumbnail: row.thumbnail };
  };
  const sent = await seed(2048, { thumbnail });
  const [short, common] = [await seed(64), await seed(2048)];
  const original = { sha256: newId().replaceAll("-", "").repeat(2), size: 3000 };
  await sql`insert into content_originals (sha256, size, content_id)
    values (decode(${original.sha256}, 'hex'), ${original.size}, ${sent.id})`;
  return { sent, short, common, original, thumbnail: sent.thumbnail ?? "" };
}

/** Of conversations that were just made; what held files before is gone. */
export async function restoreFiles(
  tx: Transaction,
  people: People,
  { group, direct, closed }: Places,
  contents: Contents,
): Promise<Files> {
  await tx`delete from message_files`;
  await tx`delete from file_challenges`;
  await tx`delete from files`;
  const made: { id: Id; owner: Id; content: Id; kept: boolean }[] = [];
  const sent: { conversation: Id; seq: number; file: Id }[] = [];
  const make = (owner: Id, { id: content }: Content = contents.common, kept = true): Id => {
    const id = newId();
    made.push({ id, owner, content, kept });
    return id;
  };
  const send = (conversation: Id, seq: number, file: Id): Id => {
    sent.push({ conversation, seq, file });
    return file;
  };
  const files: Files = {
    sent: send(group, 5, make(people.owner, contents.sent)),
    short: send(group, 8, make(people.owner, contents.short)),
    unseen: send(group, 3, make(people.other)),
    exMembers: send(group, 2, make(people["ex-member"])),
    direct: send(direct, 3, make(people.contact)),
    closed: send(closed, 3, make(people.blocked)),
    recalled: make(people.owner),
    letGo: send(group, 6, make(people.admin, contents.common, false)),
    portrait: make(people.nobody),
    groupPicture: make(people.other),
    own: Object.fromEntries(KINDS.map((kind) => [kind, make(people[kind])])) as Files["own"],
  };
  await tx`insert into files (id, owner_id, content_id, name, kept, room)
    select f.id, f.owner, f.content, 'picture.png', f.kept, 16384
    from jsonb_to_recordset(${JSON.stringify(made)}::text::jsonb)
      as f(id uuid, owner uuid, content uuid, kept bool)`;
  await tx`insert into message_files (conversation_id, seq, position, file_id)
    select m.conversation, m.seq, 0, m.file
    from jsonb_to_recordset(${JSON.stringify(sent)}::text::jsonb)
      as m(conversation uuid, seq bigint, file uuid)`;
  await tx`update objects set thumbnail_of = ${files.sent} where id = ${contents.thumbnail}`;
  await tx`update users set avatar = ${files.portrait} where id = ${people.nobody}`;
  await tx`update conversations set avatar = ${files.groupPicture} where id = ${group}`;
  return files;
}
