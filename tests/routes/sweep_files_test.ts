/** What nobody holds goes, and nothing else does. */
import assert from "node:assert/strict";
import { newId } from "../../lib/ids.ts";
import { LARGEST_OBJECT } from "../../lib/files/object_store.ts";
import type { Id } from "../../lib/protocol/model.ts";
import { emptyAccount } from "../../lib/sql/accounts/empty_account.ts";
import { finishUpload } from "../../lib/sql/files/finish.ts";
import { letGo } from "../../lib/sql/files/let_go.ts";
import {
  addPieces,
  readPiecesOfUpload,
  reserveObject,
  reservePiece,
} from "../../lib/sql/files/objects.ts";
import { readUsed } from "../../lib/sql/files/quota.ts";
import { doomObjects, removeUnheldFiles } from "../../lib/sql/files/sweep.ts";
import { beginWriting, createUpload } from "../../lib/sql/files/uploads.ts";
import type { Sql } from "../../lib/sql/open.ts";
import { createSweep } from "../../routes/sweep_files.ts";
import { testOnDatabases, testWithDatabase } from "../support/databases.ts";
import { openDatabase } from "../../lib/sql/open.ts";
import { migrate } from "../../lib/sql/migrate.ts";
import { createFakeLog } from "../support/fake_services.ts";
import { createMemoryObjects } from "../support/memory_objects.ts";
import { seedUser } from "../support/seed.ts";
import { seedFile } from "../support/seed_file.ts";

async function age(sql: Sql, table: string, id: Id, interval: string): Promise<void> {
  const column = table === "uploads" ? "touched_at" : "created_at";
  await sql`update ${sql(table)} set ${sql(column)} = clock_timestamp() - ${interval}::interval
    where id = ${id}`;
}

async function isThere(sql: Sql, table: string, id: Id): Promise<boolean> {
  return (await sql`select from ${sql(table)} where id = ${id}`).length > 0;
}

async function send(sql: Sql, file: Id, conversation = newId()): Promise<Id> {
  await sql`insert into message_files (conversation_id, seq, position, file_id)
    values (${conversation}, 1, 0, ${file})`;
  return conversation;
}

function sweepOf(sql: Sql) {
  const files = createMemoryObjects();
  return { files, sweep: createSweep({ sql, files, log: createFakeLog() }) };
}

async function uploadOf(sql: Sql, owner: Id, size: number): Promise<Id> {
  const id = newId();
  const said = { name: "a", type: undefined, sha256: undefined, metadata: "" };
  await createUpload(sql, { id, owner, size, ...said, partial: false }, 1024 ** 3);
  return id;
}

/** A piece of an upload that is whole and counts. */
async function addPiece(sql: Sql, upload: Id, start: number, size: number): Promise<Id> {
  const [id, writer] = [newId(), newId()];
  assert.ok(await reservePiece(sql, { id, upload, start }));
  assert.ok(await beginWriting(sql, { id: upload, writer, offset: start }));
  assert.ok(await addPieces(sql, { upload, writer, pieces: [{ id, start, size }] }));
  return id;
}

testWithDatabase("a sweep removes files that nobody holds, and no others", async ({ sql }) => {
  const { files, sweep } = sweepOf(sql);
  const owner = await seedUser(sql);
  const seed = async () => (await seedFile(sql, owner, { store: files })).id;
  const unsent = await seed();
  const old = await seed();
  const sent = await seed();
  const letGo = await seed();
  const letGoAndSent = await seed();
  const avatar = await seed();
  const bytes = new TextEncoder().encode(`shared ${newId()}`);
  const one = (await seedFile(sql, owner, { store: files, bytes })).id;
  const other = (await seedFile(sql, owner, { store: files, bytes })).id;
  for (const id of [old, sent, avatar, one]) await age(sql, "files", id, "8 days");
  await sql`update files set kept = false where id in ${sql([letGo, letGoAndSent])}`;
  await sql`update users set avatar = ${avatar} where id = ${owner}`;
  await send(sql, sent);
  const conversation = await send(sql, letGoAndSent);
  const before = files.objects.size;

  await sweep.look();
  const left = async () =>
    await Promise.all(
      [unsent, old, sent, letGo, letGoAndSent, avatar, one, other].map((id) =>
        isThere(sql, "files", id)
      ),
    );
  assert.deepEqual(await left(), [true, false, true, false, true, true, false, true]);
  // The content of which one holds less is still the other's.
  assert.equal(files.objects.size, before - 2);
  const contents = await sql`
    select from contents c where not exists (select from files f where f.content_id = c.id)`;
  assert.equal(contents.length, 0);

  // A recall.
  await sql`delete from message_files where conversation_id = ${conversation}`;
  await sweep.look();
  assert.deepEqual(await left(), [true, false, true, false, false, true, false, true]);
  assert.equal(files.objects.size, before - 3);
});

testWithDatabase(
  "a file that its owner lets go of makes room at once, if nobody holds it",
  async ({ sql }) => {
    const owner = await seedUser(sql);
    const [gone, sent, other] = [
      (await seedFile(sql, owner)).id,
      (await seedFile(sql, owner)).id,
      (await seedFile(sql, await seedUser(sql))).id,
    ];
    await send(sql, sent);
    const room = await readUsed(sql, owner);
    assert.ok(await letGo(sql, owner, gone));
    assert.equal(await readUsed(sql, owner), room / 2);
    assert.ok(await letGo(sql, owner, sent));
    assert.equal(await letGo(sql, owner, other), false);
    assert.equal(await readUsed(sql, owner), room / 2);
    const there = await Promise.all([gone, sent, other].map((id) => isThere(sql, "files", id)));
    assert.deepEqual(there, [false, true, true]);
    const contents = await sql`
    select from contents c where not exists (select from files f where f.content_id = c.id)`;
    assert.equal(contents.length, 0);
    assert.equal(await letGo(sql, owner, gone), false);
  },
);

testWithDatabase("a sweep removes uploads that nobody goes on with", async ({ sql }) => {
  const { files, sweep } = sweepOf(sql);
  const owner = await seedUser(sql);
  const [stale, fresh] = [await uploadOf(sql, owner, 10), await uploadOf(sql, owner, 10)];
  const objects = await Promise.all(
    [stale, fresh].map(async (upload) => {
      const id = await addPiece(sql, upload, 0, 5);
      files.objects.set(id, new Uint8Array(5));
      return id;
    }),
  );
  await age(sql, "uploads", stale, "25 hours");
  await age(sql, "uploads", fresh, "23 hours");
  await sweep.look();
  assert.deepEqual(
    [await isThere(sql, "uploads", stale), await isThere(sql, "uploads", fresh)],
    [false, true],
  );
  assert.deepEqual(objects.map((id) => files.objects.has(id)), [false, true]);
  assert.equal(await isThere(sql, "objects", objects[0] ?? ""), false);
});

testWithDatabase("an object whose writer died is removed after an hour", async ({ sql }) => {
  const { files, sweep } = sweepOf(sql);
  const owner = await seedUser(sql);
  const upload = await uploadOf(sql, owner, 10);
  const [dead, alive, ofNobody] = [newId(), newId(), newId()];
  assert.ok(await reservePiece(sql, { id: dead, upload, start: 0 }));
  assert.ok(await reservePiece(sql, { id: alive, upload, start: 0 }));
  await reserveObject(sql, ofNobody);
  for (const id of [dead, alive, ofNobody]) files.objects.set(id, new Uint8Array(1));
  for (const id of [dead, ofNobody]) await age(sql, "objects", id, "61 minutes");
  await sweep.look();
  assert.deepEqual([...files.objects.keys()], [alive]);
  assert.equal(await isThere(sql, "objects", dead), false);
});

testWithDatabase("objects that cannot be removed keep no others waiting", async ({ sql }) => {
  const { files, sweep } = sweepOf(sql);
  const { remove } = files;
  const [locked, others] = [Array.from({ length: 11 }, newId), Array.from({ length: 150 }, newId)];
  for (const [index, id] of [...locked, ...others].entries()) {
    await reserveObject(sql, id);
    await age(sql, "objects", id, `${400 - index} minutes`);
    files.objects.set(id, new Uint8Array(1));
  }
  let refused = 0;
  files.remove = (id) => {
    if (!locked.includes(id)) return remove(id);
    refused++;
    return Promise.reject(new Error("it is locked"));
  };
  const rows = async () =>
    (await sql`select from objects where id in ${sql([...locked, ...others])}`).length;
  // Of a store that is away not all are asked for.
  await assert.rejects(sweep.look(), /it is locked/);
  assert.equal(refused, 10);
  await assert.rejects(sweep.look(), /it is locked/);
  assert.deepEqual([...files.objects.keys()], locked);
  assert.equal(await rows(), 11);
  files.remove = remove;
  for (const id of locked) await age(sql, "objects", id, "61 minutes");
  await sweep.look();
  assert.deepEqual([files.objects.size, await rows()], [0, 0]);
});

testWithDatabase("nobody takes hold of an object that is being removed", async ({ sql }) => {
  const owner = await seedUser(sql);
  const upload = await uploadOf(sql, owner, 10);
  const [id, writer] = [newId(), newId()];
  assert.ok(await reservePiece(sql, { id, upload, start: 0 }));
  assert.ok(await beginWriting(sql, { id: upload, writer, offset: 0 }));
  await age(sql, "objects", id, "61 minutes");
  assert.ok((await doomObjects(sql)).includes(id));
  const pieces = [{ id, start: 0, size: 10 }];
  assert.equal(await addPieces(sql, { upload, writer, pieces }), false);
  const [row] = await sql<{ received: number }[]>`
    select received from uploads where id = ${upload}`;
  assert.equal(row?.received, 0);
});

testWithDatabase("an upload that two finish at once is one file", async ({ sql }) => {
  const owner = await seedUser(sql);
  const upload = await uploadOf(sql, owner, 10);
  await addPiece(sql, upload, 0, 4);
  await addPiece(sql, upload, 4, 6);
  const found = { sha256: newId().replaceAll("-", "").repeat(2), type: "text/plain" };
  const used = await Promise.all([1, 2].map(() => finishUpload(sql, upload, found)));
  assert.deepEqual(used.sort(), [false, true]);
  const rows = await sql<{ start: number; size: number }[]>`
    select o.start, o.size from objects o join files f on f.content_id = o.content_id
    where f.id = ${upload} order by o.start`;
  assert.deepEqual(rows.map((row) => ({ ...row })), [{ start: 0, size: 4 }, { start: 4, size: 6 }]);
  assert.equal(await isThere(sql, "uploads", upload), false);
  assert.deepEqual(await readPiecesOfUpload(sql, upload), []);
});

testWithDatabase("two uploads of the same bytes at once are one content", async ({ sql }) => {
  const owner = await seedUser(sql);
  const found = { sha256: newId().replaceAll("-", "").repeat(2), type: "text/plain" };
  const uploads = await Promise.all(
    Array.from({ length: 4 }, async () => {
      const upload = await uploadOf(sql, owner, 10);
      await addPiece(sql, upload, 0, 10);
      return upload;
    }),
  );
  const used = await Promise.all(uploads.map((upload) => finishUpload(sql, upload, found)));
  assert.equal(used.filter(Boolean).length, 1);
  const [row] = await sql<{ contents: number; files: number; size: number }[]>`
    select count(distinct f.content_id)::int as contents, count(distinct f.id)::int as files,
      sum(distinct o.size)::bigint as size
    from files f join objects o on o.content_id = f.content_id where f.id in ${sql(uploads)}`;
  assert.deepEqual({ ...row }, { contents: 1, files: 4, size: 10 });
});

testWithDatabase("an upload is no larger than so many objects", async ({ sql }) => {
  const owner = await seedUser(sql);
  const upload = await uploadOf(sql, owner, 100_000);
  await sql`
    insert into objects (id, upload_id, start, size)
    select gen_random_uuid(), ${upload}, n, 1 from generate_series(0, 19998) n`;
  assert.ok(await reservePiece(sql, { id: newId(), upload, start: 19_999 }));
  assert.equal(await reservePiece(sql, { id: newId(), upload, start: 0 }), false);
  // However large it is by then.
  assert.ok(await reservePiece(sql, { id: newId(), upload, start: 2 * LARGEST_OBJECT }));
  await sql`delete from objects where upload_id = ${upload}`;
});

testWithDatabase("what an ended account held and never sent goes", async ({ sql }) => {
  const { files, sweep } = sweepOf(sql);
  const owner = await seedUser(sql);
  const held = (await seedFile(sql, owner, { store: files })).id;
  const sent = (await seedFile(sql, owner, { store: files })).id;
  const avatar = (await seedFile(sql, owner, { store: files })).id;
  const upload = await uploadOf(sql, owner, 10);
  await send(sql, sent);
  await sql`update users set avatar = ${avatar}, deletes_at = clock_timestamp()
    where id = ${owner}`;
  assert.ok(await emptyAccount(sql, owner) !== undefined);
  await sweep.look();
  const left = await Promise.all([held, sent, avatar].map((id) => isThere(sql, "files", id)));
  assert.deepEqual(left, [false, true, false]);
  assert.equal(await isThere(sql, "uploads", upload), false);
  assert.equal(files.objects.size, 1);
});

testOnDatabases("a file that is being sent at this moment stays", async (kind) => {
  // The embedded database runs one transaction at a time: nobody is at it at the same moment.
  if (kind.name === "embedded") return;
  await using place = await kind.create();
  await using database = await openDatabase(place.config);
  const { sql } = database;
  await migrate(sql);
  const owner = await seedUser(sql);
  const file = (await seedFile(sql, owner)).id;
  await age(sql, "files", file, "8 days");
  await sql.begin(async (tx) => {
    await tx`insert into message_files (conversation_id, seq, position, file_id)
      values (${newId()}, 1, 0, ${file})`;
    assert.deepEqual(await removeUnheldFiles(sql, undefined), { removed: 0, next: undefined });
  });
  assert.deepEqual(await removeUnheldFiles(sql, undefined), { removed: 0, next: undefined });
  assert.ok(await isThere(sql, "files", file));
  await sql`delete from message_files where file_id = ${file}`;
  assert.deepEqual(await removeUnheldFiles(sql, undefined), { removed: 1, next: undefined });
});

testOnDatabases("two who remove the last two files of a content leave none of it", async (kind) => {
  if (kind.name === "embedded") return;
  await using place = await kind.create();
  await using database = await openDatabase(place.config);
  const { sql } = database;
  await migrate(sql);
  const owner = await seedUser(sql);
  const bytes = new TextEncoder().encode("shared by two");
  const first = (await seedFile(sql, owner, { bytes })).id;
  const second = (await seedFile(sql, owner, { bytes })).id;
  await age(sql, "files", second, "8 days");
  // Another process is at the first one.
  await sql.begin(async (tx) => {
    await tx`select from contents where id = (select content_id from files where id = ${first})
      for update`;
    await tx`delete from files where id = ${first}`;
    const sweeping = removeUnheldFiles(sql, undefined);
    const waits = async () =>
      (await sql`select from pg_stat_activity where wait_event_type = 'Lock'`).length > 0;
    while (!await waits()) await new Promise((resolve) => setTimeout(resolve, 10));
    return { sweeping };
  }).then(({ sweeping }) => sweeping);
  assert.deepEqual([...await sql`select id from files`], []);
  assert.deepEqual([...await sql`select id from contents`], []);
});
