import assert from "node:assert/strict";
import { newId } from "../../../../lib/ids.ts";
import type { Id } from "../../../../lib/protocol/model.ts";
import { readAttachment } from "../../../../lib/sql/files/attachments.ts";
import { arrayLiteral, type Sql } from "../../../../lib/sql/open.ts";
import { testWithDatabase } from "../../../support/databases.ts";
import { addMember, removeMember, seedGroup, seedUser } from "../../../support/seed.ts";
import { seedFile } from "../../../support/seed_file.ts";

/** As a message holds it that is in the log at `seq`. */
async function hold(sql: Sql, room: Id, seq: number, file: Id): Promise<void> {
  await sql`update conversations set seq = greatest(seq, ${seq}), rev = greatest(rev, ${seq})
    where id = ${room}`;
  await sql`insert into message_files (conversation_id, seq, position, file_id)
    values (${room}, ${seq}, 1, ${file})`;
}

testWithDatabase(
  "a file is for its owner, and for whoever may see a message that holds it",
  async ({ sql }) => {
    const [ann, ben, cem, dea] = await Promise.all([1, 2, 3, 4].map(() => seedUser(sql)));
    assert.ok(ann && ben && cem && dea);
    const room = await seedGroup(sql, [ann, ben]);
    const file = await seedFile(sql, ann);
    const readers = async () => {
      const may = await Promise.all(
        [ann, ben, cem, dea].map((user) => readAttachment(sql, user, file.id)),
      );
      return [ann, ben, cem, dea].filter((_, index) => may[index] !== undefined);
    };
    assert.deepEqual(await readers(), [ann]);
    await hold(sql, room, 1, file.id);
    assert.deepEqual(await readers(), [ann, ben]);
    // Whoever comes later may read it where the history is theirs, and not otherwise.
    await addMember(sql, room, cem);
    assert.deepEqual(await readers(), [ann, ben]);
    await sql`update conversations set history_visible = true where id = ${room}`;
    assert.deepEqual(await readers(), [ann, ben, cem]);
    await removeMember(sql, room, ben);
    assert.deepEqual(await readers(), [ann, cem]);
    await sql`delete from message_files where file_id = ${file.id}`;
    assert.deepEqual(await readers(), [ann]);
    await sql`update files set kept = false where id = ${file.id}`;
    assert.deepEqual(await readers(), [ann]);
  },
);

testWithDatabase(
  "a person's picture is for everybody, a group's for its members",
  async ({ sql }) => {
    const [ann, ben, cem] = await Promise.all([1, 2, 3].map(() => seedUser(sql)));
    assert.ok(ann && ben && cem);
    const room = await seedGroup(sql, [ann, ben]);
    const [own, common] = [await seedFile(sql, ann), await seedFile(sql, ann)];
    await sql`update users set avatar = ${own.id} where id = ${ann}`;
    await sql`update conversations set avatar = ${common.id} where id = ${room}`;
    const may = async (user: Id, file: Id) => await readAttachment(sql, user, file) !== undefined;
    assert.deepEqual([await may(ben, own.id), await may(cem, own.id)], [true, true]);
    assert.deepEqual([await may(ben, common.id), await may(cem, common.id)], [true, false]);
    await sql`update users set avatar = null where id = ${ann}`;
    assert.equal(await may(cem, own.id), false);
  },
);

testWithDatabase("what is told of a file is what there is to tell", async ({ sql }) => {
  const ann = await seedUser(sql);
  const plain = await seedFile(sql, ann, {
    bytes: new TextEncoder().encode("test"),
    name: "a.txt",
  });
  assert.deepEqual(plain, {
    id: plain.id,
    name: "a.txt",
    type: "text/plain",
    size: 4,
    sha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
  });
  const video = await seedFile(sql, ann, {
    ...{ name: "b.mp4", type: "video/mp4", width: 640, height: 480, duration: 1.5 },
    ...{ placeholder: "AAEC", thumbnail: { bytes: new Uint8Array(3), type: "image/webp" } },
  });
  // What its sender says counts only where the content says nothing.
  await sql`update files set duration = 9 where id in (${video.id}, ${plain.id})`;
  const { id: _, size: __, sha256: ___, ...told } = video;
  assert.deepEqual(told, {
    ...{ name: "b.mp4", type: "video/mp4", width: 640, height: 480, duration: 1.5 },
    ...{ placeholder: "AAEC", thumbnail: true },
  });
  assert.equal((await readAttachment(sql, ann, video.id))?.duration, 1.5);
  assert.equal((await readAttachment(sql, ann, plain.id))?.duration, 9);
  await sql`update objects set size = null where thumbnail_of = ${video.id}`;
  assert.equal((await readAttachment(sql, ann, video.id))?.thumbnail, undefined);
});

testWithDatabase(
  "a file that a thousand sent on costs no more to read than one that one person sent",
  async ({ sql, lanes: [lane] }) => {
    assert.ok(lane);
    const [ann, ben, cem] = await Promise.all([1, 2, 3].map(() => seedUser(sql)));
    assert.ok(ann && ben && cem);
    const file = await seedFile(sql, ann);
    const rooms = Array.from({ length: 1_200 }, () => newId());
    await sql`
      insert into conversations (id, kind, title, member_count, seq, rev)
      select r, 'group', '', 1, 1, 1 from unnest(${arrayLiteral(rooms)}::text::uuid[]) r`;
    await sql`insert into members (conversation_id, user_id)
      select r, ${ann} from unnest(${arrayLiteral(rooms)}::text::uuid[]) r`;
    await sql`insert into members (conversation_id, user_id) values (${rooms[600] ?? ""}, ${ben})`;
    await sql`insert into message_files (conversation_id, seq, position, file_id)
      select r, 1, 1, ${file.id} from unnest(${arrayLiteral(rooms)}::text::uuid[]) r`;
    // As most files are: so that this is what the planner expects of any.
    await sql`with others as (
        insert into files (id, owner_id, content_id, name, room)
        select gen_random_uuid(), f.owner_id, f.content_id, f.name, f.room
        from files f, generate_series(1, 1200) where f.id = ${file.id} returning id
      )
      insert into message_files (conversation_id, seq, position, file_id)
      select ${rooms[0] ?? ""}, 1, 1 + row_number() over (), id from others`;
    await sql`analyze message_files, members, conversations`;
    const fetched = async () => {
      await lane`select pg_stat_force_next_flush()`;
      const [row] = await lane<{ rows: number }[]>`
        select sum(pg_stat_get_tuples_fetched(indexrelid) + pg_stat_get_tuples_returned(indexrelid))::int
          as rows
        from pg_index
        where indrelid in ('message_files'::regclass, 'members'::regclass, 'conversations'::regclass)`;
      return row?.rows ?? 0;
    };
    await readAttachment(lane, ben, file.id);
    const before = await fetched();
    assert.notEqual(await readAttachment(lane, ben, file.id), undefined);
    assert.equal(await readAttachment(lane, cem, file.id), undefined);
    const rows = await fetched() - before;
    assert.ok(rows < 500, `${rows} rows were read`);
  },
);
