import assert from "node:assert/strict";
import { newId } from "../../../../lib/ids.ts";
import { Conversation } from "../../../../lib/protocol/model.ts";
import { changeGroup } from "../../../../lib/sql/groups/change_group.ts";
import { readMemberships } from "../../../../lib/sql/members.ts";
import { testWithDatabase } from "../../../support/databases.ts";
import { refused } from "../../../support/refusals.ts";
import { readEvents, seedCrowd, seedGroupOf } from "../../../support/seed_groups.ts";
import { seedFile } from "../../../support/seed_file.ts";
import { seedContacts } from "../../../support/seed.ts";

testWithDatabase("changeGroup says each field that changed, and no other", async ({ sql }) => {
  const [owner = "", ada = "", meg = ""] = await seedCrowd(sql, 3);
  const id = await seedGroupOf(sql, { owner, admins: [ada], members: [meg] });
  const picture = { type: "image/png", width: 64, height: 64 };
  const { id: avatar } = await seedFile(sql, ada, picture);
  const change = { title: "Trip", avatar, announcement: "At nine", historyVisible: true };
  const { conversation, news } = await changeGroup(sql, ada, id, change);
  Conversation.strict().parse(conversation);
  const { title, announcement, historyVisible } = conversation;
  assert.deepEqual({ title, avatar: conversation.avatar, announcement, historyVisible }, change);
  const events = [
    { type: "renamed", by: ada, title: "Trip" },
    { type: "avatar", by: ada },
    { type: "announcement", by: ada, announcement: "At nine" },
    { type: "history", by: ada, visible: true },
  ];
  assert.deepEqual(news?.log.map(({ message }) => message.event), events);
  assert.deepEqual([news?.shared.title, news?.shared.seq, news?.own], ["Trip", 4, []]);
  assert.equal((await changeGroup(sql, owner, id, change)).news, undefined);
  assert.equal((await changeGroup(sql, owner, id, {})).news, undefined);
  assert.deepEqual(await readEvents(sql, id), events);
  const { news: back } = await changeGroup(sql, owner, id, { avatar: null, announcement: "" });
  assert.deepEqual(back?.log.map(({ message }) => message.event), [
    { type: "avatar", by: owner },
    { type: "announcement", by: owner, announcement: "" },
  ]);
});

testWithDatabase("changeGroup gives who may read what a new version", async ({ sql }) => {
  const [owner = ""] = await seedCrowd(sql, 1);
  const id = await seedGroupOf(sql, { owner });
  const [before] = await readMemberships(sql, [id]);
  const { news } = await changeGroup(sql, owner, id, { title: "x", historyVisible: true });
  const [after] = await readMemberships(sql, [id]);
  assert.ok(before && after && after.membersRev > before.membersRev);
  assert.equal(after.historyVisible, true);
  assert.deepEqual(news?.log.map((each) => each.membersRev), [after.membersRev, after.membersRev]);
});

testWithDatabase("changeGroup is for the owner and admins of groups", async ({ sql }) => {
  const [owner = "", meg = "", stranger = ""] = await seedCrowd(sql, 3);
  const id = await seedGroupOf(sql, { owner, members: [meg] });
  await refused("forbidden", changeGroup(sql, meg, id, { title: "x" }));
  await refused("not-member", changeGroup(sql, stranger, id, { title: "x" }));
  await refused("not-member", changeGroup(sql, stranger, newId(), { title: "x" }));
  const direct = await seedContacts(sql, owner, meg);
  await refused("forbidden", changeGroup(sql, owner, direct, { title: "x" }));
});

testWithDatabase("changeGroup takes no picture that is not its changer's own", async ({ sql }) => {
  const [owner = "", ada = ""] = await seedCrowd(sql, 2);
  const id = await seedGroupOf(sql, { owner, admins: [ada] });
  const picture = { type: "image/webp", width: 64, height: 64 };
  const { id: avatar } = await seedFile(sql, owner, picture);
  await refused("not-found", changeGroup(sql, ada, id, { avatar, title: "x" }));
  await refused("not-found", changeGroup(sql, ada, id, { avatar: newId(), title: "x" }));
  const { id: text } = await seedFile(sql, owner);
  await refused("invalid", changeGroup(sql, owner, id, { avatar: text, title: "x" }));
  assert.deepEqual(await readEvents(sql, id), []);
  await changeGroup(sql, owner, id, { avatar });
  // Said again by somebody else it is no change.
  assert.equal((await changeGroup(sql, ada, id, { avatar })).news, undefined);
});
