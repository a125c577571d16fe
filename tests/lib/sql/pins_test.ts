import assert from "node:assert/strict";
import { newId } from "../../../lib/ids.ts";
import { readPins } from "../../../lib/sql/pins.ts";
import { testWithDatabase } from "../../support/databases.ts";
import { seedCrowd, seedGroupOf } from "../../support/seed_groups.ts";
import { addMember } from "../../support/seed.ts";

testWithDatabase("readPins gives the latest hundred that one may read", async ({ sql }) => {
  const [ann = "", ben = "", cat = ""] = await seedCrowd(sql, 3);
  const id = await seedGroupOf(sql, { owner: ann });
  assert.deepEqual(await readPins(sql, ann, id), []);
  // Every second message is pinned, the later ones first; the last is recalled.
  await sql`
    insert into messages (conversation_id, seq, rev, id, sender_id, client_id, kind, text,
      created_at, pinned_at, recalled_at)
    select ${id}::uuid, n, n, gen_random_uuid(), ${ann}::uuid, gen_random_uuid(), 'text', n::text,
      now(), case when n % 2 = 0 then now() - n * interval '1 second' end,
      case when n = 210 then now() end
    from generate_series(1, 210) n`;
  await sql`update conversations set seq = 210, rev = 210 where id = ${id}`;
  const seqs = async (user: string) => (await readPins(sql, user, id))?.map(({ seq }) => seq);
  const even = (from: number, to: number) =>
    Array.from({ length: (to - from) / 2 + 1 }, (_, n) => from + 2 * n);
  assert.deepEqual(await seqs(ann), even(2, 200));
  assert.equal((await readPins(sql, ann, id))?.[0]?.pinned, true);
  await sql`update conversations set seq = 150 where id = ${id}`;
  await addMember(sql, id, ben);
  assert.deepEqual(await seqs(ben), even(152, 208));
  await sql`update conversations set history_visible = true where id = ${id}`;
  assert.deepEqual(await seqs(ben), even(2, 200));
  assert.equal(await seqs(cat), undefined);
  assert.equal(await readPins(sql, ann, newId()), undefined);
});
