import assert from "node:assert/strict";
import { AppError } from "../../../../lib/errors.ts";
import { newId } from "../../../../lib/ids.ts";
import { LIMITS } from "../../../../lib/protocol/codes.ts";
import type { Id } from "../../../../lib/protocol/model.ts";
import { readAttachment } from "../../../../lib/sql/files/attachments.ts";
import { describeFile } from "../../../../lib/sql/files/description.ts";
import { finishUpload } from "../../../../lib/sql/files/finish.ts";
import { findContent, linkContent } from "../../../../lib/sql/files/link_content.ts";
import { reserveObject } from "../../../../lib/sql/files/objects.ts";
import { readUsed } from "../../../../lib/sql/files/quota.ts";
import { createUpload } from "../../../../lib/sql/files/uploads.ts";
import type { Sql } from "../../../../lib/sql/open.ts";
import { testWithDatabase } from "../../../support/databases.ts";
import { seedUser } from "../../../support/seed.ts";
import { seedFile } from "../../../support/seed_file.ts";

const LEAST = LIMITS.fileRoom;

async function refused(doing: Promise<unknown>): Promise<void> {
  await assert.rejects(doing, (error) => error instanceof AppError && error.code === "too-large");
}

async function upload(sql: Sql, owner: Id, size: number, quota: number): Promise<Id> {
  const id = newId();
  const said = { name: "a", type: undefined, sha256: undefined, metadata: "" };
  await createUpload(sql, { id, owner, size, ...said, partial: false }, quota);
  return id;
}

testWithDatabase("many small files take up room as well", async ({ sql }) => {
  const owner = await seedUser(sql);
  const quota = 4 * LEAST + 5;
  const empty = await upload(sql, owner, 0, quota);
  assert.equal(await readUsed(sql, owner), LEAST);
  const found = { sha256: newId().replaceAll("-", "").repeat(2), type: "text/plain" };
  await finishUpload(sql, empty, found);
  assert.equal(await readUsed(sql, owner), LEAST);
  const content = (await findContent(sql, owner, { sha256: found.sha256, size: 0 }))?.id ?? "";
  assert.ok(await linkContent(sql, { owner, content, name: "b", quota }) !== undefined);
  await upload(sql, owner, LEAST + 5, quota);
  assert.equal(await readUsed(sql, owner), 3 * LEAST + 5);
  await upload(sql, owner, 1, quota);
  assert.equal(await readUsed(sql, owner), quota);
  await refused(upload(sql, owner, 0, quota));
  await refused(linkContent(sql, { owner, content, name: "c", quota }));
});

testWithDatabase(
  "a small picture takes up room, and one in its place only its own",
  async ({ sql }) => {
    const owner = await seedUser(sql);
    const { id } = await seedFile(sql, owner, { bytes: new Uint8Array(LEAST + 7).fill(3) });
    const before = LEAST + 7;
    const quota = before + 1_000;
    const describe = async (size: number) => {
      const object = newId();
      await reserveObject(sql, object);
      const thumbnail = { object, type: "image/webp", size };
      return await describeFile(sql, owner, id, { placeholder: "abc", thumbnail }, quota);
    };
    const held = async () => {
      const rows = await sql<{ size: number }[]>`
      select size from objects where thumbnail_of = ${id}`;
      return rows.map(({ size }) => size);
    };
    assert.equal(await readUsed(sql, owner), before);
    await refused(describe(1_001));
    assert.deepEqual(await held(), []);
    assert.ok(await describe(1_000));
    assert.equal(await readUsed(sql, owner), before + 1_000);
    assert.ok(await describe(900));
    await refused(describe(1_001));
    assert.deepEqual([await held(), await readUsed(sql, owner)], [[900], before + 900]);
    // Whoever has no room can say everything else of it.
    assert.ok(await describeFile(sql, owner, id, { waveform: "abc" }, 0));
    assert.deepEqual([await held(), await readUsed(sql, owner)], [[], before]);
  },
);

testWithDatabase(
  "a description of which the small picture is gone says nothing",
  async ({ sql }) => {
    const owner = await seedUser(sql);
    const { id } = await seedFile(sql, owner, { placeholder: "before" });
    const object = newId();
    await reserveObject(sql, object);
    await sql`update objects set doomed = true where id = ${object}`;
    const thumbnail = { object, type: "image/webp", size: 10 };
    const said = { placeholder: "after", thumbnail };
    await assert.rejects(describeFile(sql, owner, id, said, 1024 ** 3), /can be said again/);
    assert.equal((await readAttachment(sql, owner, id))?.placeholder, "before");
    assert.equal(await readUsed(sql, owner), LEAST);
  },
);

testWithDatabase(
  "a content that thousands hold costs a stranger's question no more than one that few do",
  async ({ sql, lanes: [lane] }) => {
    assert.ok(lane);
    const [ann, ben, cem] = await Promise.all([1, 2, 3].map(() => seedUser(sql)));
    assert.ok(ann && ben && cem);
    const { id, sha256, size } = await seedFile(sql, ann);
    const copies = (owner: Id, count: number) =>
      sql`insert into files (id, owner_id, content_id, name, room)
        select gen_random_uuid(), ${owner}, f.content_id, f.name, f.room
        from files f, generate_series(1, ${count}) where f.id = ${id}`;
    await copies(ann, 3_000);
    // Theirs is the last one of all.
    await copies(ben, 1);
    await sql`analyze files, message_files, members, conversations`;
    const looks = async () => {
      await lane`select pg_stat_force_next_flush()`;
      const [row] = await lane<{ looks: number }[]>`
        select sum(pg_stat_get_numscans(indexrelid))::int as looks from pg_index
        where indrelid in ('message_files'::regclass, 'members'::regclass, 'users'::regclass,
          'conversations'::regclass)`;
      return row?.looks ?? 0;
    };
    const readable = async (user: Id) =>
      (await findContent(lane, user, { sha256, size }))?.readable;
    await readable(cem);
    const before = await looks();
    assert.equal(await readable(cem), false);
    const after = await looks();
    assert.ok(after - before < 2_500, `${after - before} looks at indexes`);
    assert.equal(await readable(ben), true);
    assert.equal(await readable(ann), true);
  },
);
