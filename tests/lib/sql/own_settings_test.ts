import assert from "node:assert/strict";
import { newId } from "../../../lib/ids.ts";
import { changeOwnSettings } from "../../../lib/sql/own_settings.ts";
import { testWithDatabase } from "../../support/databases.ts";
import { seedGroup, seedUser } from "../../support/seed.ts";

testWithDatabase("changeOwnSettings loses none of two changes at once", async ({ sql }) => {
  const user = await seedUser(sql);
  const conversation = await seedGroup(sql, [user, await seedUser(sql)]);
  const change = changeOwnSettings.bind(undefined, sql, user, conversation);
  const answers = await Promise.all([
    change({ pinned: true }),
    change({ draft: "x" }),
    change({ mutedUntil: "2999-01-02T03:04:05.678Z" }),
    change({ markedUnread: true }),
    change({ hidden: true }),
  ]);
  const shown = answers.map((answer) => {
    const { pinned, draft, mutedUntil, markedUnread, hidden } = answer ?? {};
    return { pinned, draft, mutedUntil, markedUnread, hidden };
  });
  const all = {
    pinned: true,
    draft: "x",
    mutedUntil: "2999-01-02T03:04:05.678Z",
    markedUnread: true,
    hidden: true,
  };
  assert.ok(shown.some((one) => JSON.stringify(one) === JSON.stringify(all)));
  const last = await change({});
  assert.deepEqual([last?.pinned, last?.draft, last?.memberCount], [true, "x", 2]);
  assert.equal(await changeOwnSettings(sql, user, newId(), { pinned: true }), undefined);
});
