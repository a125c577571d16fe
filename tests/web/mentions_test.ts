/// <reference lib="dom" />
import assert from "node:assert/strict";
import type { Member, User } from "../../lib/protocol/model.ts";
import { en } from "../../web/texts/en.ts";
import { beginsEveryone, handleOf, mentionsIn, textParts } from "../../web/texts/mentions.ts";
import { zhCn } from "../../web/texts/zh_cn.ts";

const person = (username: string, displayName: string): User => ({
  id: `id of ${username}`,
  username,
  displayName,
  avatar: null,
  bio: "",
});
const member = (user: User): Member => ({
  user,
  role: "member",
  joinedSeq: 0,
  readSeq: 0,
  deliveredSeq: 0,
  silencedUntil: null,
});
const lin = person("linyue", "林悦");
const li = person("li", "Li");
const mia = person("mia.keller", "Mia Keller");
const ben = person("ben", "Ben");
const otherBen = person("ben.two", "Ben");
const members = [lin, li, mia, ben, otherBen].map(member);

const mentioned: Record<string, readonly User[]> = {
  "@Mia Keller, are you there?": [mia],
  "@mia.keller and @li": [mia, li],
  "@Lina is nobody here": [],
  "@Li!": [li],
  "@林悦你好": [lin],
  "你好@林悦，@Li你好": [lin, li],
  "write to x@li or mia@Li": [],
  "@Miakeller": [],
  "@@Li": [li],
  "@": [],
};
for (const [text, users] of Object.entries(mentioned)) {
  Deno.test(`mentionsIn finds ${users.length} in “${text}”`, () => {
    const { mentions, mentionsAll } = mentionsIn(text, members, true);
    assert.deepEqual(mentions, users.map(({ id }) => id));
    assert.equal(mentionsAll, false);
  });
}

Deno.test("mentionsIn knows everybody in both languages, for those who may say it", () => {
  const words = [en, zhCn].map((texts) => texts["composer.everyone"]);
  for (
    const text of [
      ...words.map((word) => `@${word}`),
      "Hello @everyone",
      "@所有人请看",
      "@all, look",
      "@全体成员请看",
    ]
  ) {
    assert.equal(mentionsIn(text, members, true).mentionsAll, true, text);
    assert.equal(mentionsIn(text, members, false).mentionsAll, false, text);
  }
});

Deno.test("mentionsIn takes the name of somebody for them before it means everybody", () => {
  const all = person("all", "Al");
  assert.deepEqual(mentionsIn("@all", [all].map(member), true), {
    mentions: [all.id],
    mentionsAll: false,
  });
});

Deno.test("mentionsIn and handleOf read each of 5,000 members a few times, not for each other", () => {
  let reads = 0;
  const many = Array.from({ length: 5_000 }, (_, at) => {
    const user = person(`p${at}`, "");
    Object.defineProperty(user, "displayName", {
      get: () => {
        reads++;
        return `Person ${at >> 1}`;
      },
    });
    return member(user);
  });
  const text = "@".repeat(1_000) + "p17 and @Person 3";
  assert.deepEqual(mentionsIn(text, many, true).mentions, ["id of p17"]);
  for (const { user } of many) assert.equal(handleOf(user, many), user.username);
  assert.ok(reads <= 10 * many.length, `${reads} reads`);
});

Deno.test("beginsEveryone knows every word for everybody by its beginning", () => {
  assert.deepEqual(["", "a", "all", "e", "所", "全", "x"].map(beginsEveryone), [
    ...[true, true, true, true, true, true, false],
  ]);
});

Deno.test("handleOf is the username where two have the same name", () => {
  assert.equal(handleOf(ben, members), "ben");
  assert.equal(handleOf(otherBen, members), "ben.two");
  assert.equal(handleOf(mia, members), "Mia Keller");
});

Deno.test("textParts sets mentions off and changes nothing of the text", () => {
  const text = "@Mia Keller: 你好@林悦，@Li is not meant, @everyone is";
  const parts = textParts(text, [mia, lin], true, lin.id);
  assert.equal(parts.map((part) => part.text).join(""), text);
  assert.deepEqual(parts.filter(({ mention }) => mention !== undefined), [
    { text: "@Mia Keller", mention: "other" },
    { text: "@林悦", mention: "own" },
    { text: "@everyone", mention: "own" },
  ]);
  assert.deepEqual(textParts(text, [], false, mia.id), [{ text }]);
});
