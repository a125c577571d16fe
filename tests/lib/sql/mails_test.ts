import assert from "node:assert/strict";
import { newId } from "../../../lib/ids.ts";
import {
  claimMail,
  countMails,
  delayMail,
  insertMail,
  removeMail,
  sweepMails,
} from "../../../lib/sql/mails.ts";
import type { Sql } from "../../../lib/sql/open.ts";
import { testWithDatabase } from "../../support/databases.ts";

const AT_ONCE = { every: 0, lease: 60_000 };

async function put(sql: Sql, lasts = 60_000): Promise<string> {
  const id = newId();
  await insertMail(sql, { id, kind: "register", sealed: new TextEncoder().encode(id), lasts });
  return id;
}

async function empty(sql: Sql): Promise<void> {
  await sql`delete from mails`;
  await sql`update mail_rate set next_at = clock_timestamp()`;
}

testWithDatabase(
  "claimMail gives each mail to one of those who ask at once, the oldest first",
  async ({ sql }) => {
    await empty(sql);
    const ids: string[] = [];
    for (let n = 0; n < 20; n++) ids.push(await put(sql));
    const first = await claimMail(sql, AT_ONCE);
    assert.deepEqual([first?.id, first?.tries, first?.kind], [ids[0], 1, "register"]);
    assert.equal(new TextDecoder().decode(first?.sealed), ids[0]);
    const claimed = await Promise.all(Array.from({ length: 40 }, () => claimMail(sql, AT_ONCE)));
    const got = claimed.flatMap((mail) => mail === undefined ? [] : [mail.id]);
    assert.equal(new Set(got).size, got.length, "nobody has another one's");
    while (true) {
      const mail = await claimMail(sql, AT_ONCE);
      if (mail === undefined) break;
      got.push(mail.id);
    }
    assert.deepEqual(got.sort(), ids.slice(1).sort());
  },
);

testWithDatabase("claimMail lets one mail leave at a time, whoever asks", async ({ sql }) => {
  await empty(sql);
  for (let n = 0; n < 5; n++) await put(sql);
  const rare = { every: 60_000, lease: 60_000 };
  const claimed = await Promise.all(Array.from({ length: 20 }, () => claimMail(sql, rare)));
  assert.equal(claimed.filter((mail) => mail !== undefined).length, 1);
  await sql`update mail_rate set next_at = clock_timestamp()`;
  assert.ok(await claimMail(sql, rare));
  assert.equal(await claimMail(sql, rare), undefined);
});

testWithDatabase(
  "claimMail gives a mail to somebody else once its lease is over, and what the first one says of it then counts no more",
  async ({ sql }) => {
    await empty(sql);
    const id = await put(sql);
    const dead = await claimMail(sql, { every: 0, lease: -1 });
    const next = await claimMail(sql, AT_ONCE);
    assert.deepEqual([dead?.id, dead?.tries, next?.id, next?.tries], [id, 1, id, 2]);
    assert.ok(dead !== undefined && next !== undefined);
    await delayMail(sql, dead, -1);
    assert.equal(await claimMail(sql, AT_ONCE), undefined, "it still is the second one's");
    assert.equal(await removeMail(sql, dead), false);
    assert.equal(await removeMail(sql, next), true);
    assert.equal(await countMails(sql, 1e9), 0);
  },
);

testWithDatabase("delayMail keeps a mail back for so long", async ({ sql }) => {
  await empty(sql);
  await put(sql);
  const mail = await claimMail(sql, AT_ONCE);
  assert.ok(mail !== undefined);
  await delayMail(sql, mail, 3_600_000);
  assert.deepEqual([await countMails(sql, 1_000), await countMails(sql, 4_000_000)], [0, 1]);
  assert.equal(await claimMail(sql, AT_ONCE), undefined);
});

testWithDatabase(
  "sweepMails removes what is worth nothing any more, but what somebody is at",
  async ({ sql }) => {
    await empty(sql);
    await put(sql, 0);
    assert.equal(await countMails(sql, 0), 0, "in nobody's way");
    assert.equal(await claimMail(sql, AT_ONCE), undefined);
    const kept = await put(sql);
    await put(sql, 60_000);
    const claimed = await claimMail(sql, AT_ONCE);
    assert.equal(claimed?.id, kept);
    await sql`update mails set worthless_at = clock_timestamp() where id = ${kept}`;
    assert.deepEqual(await sweepMails(sql), [{ kind: "register", tries: 0 }]);
    assert.equal(await countMails(sql, 1e9), 1);
    assert.ok(claimed !== undefined && await removeMail(sql, claimed));
  },
);
