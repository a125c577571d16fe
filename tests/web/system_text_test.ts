/// <reference lib="dom" />
import assert from "node:assert/strict";
import type { Message, SystemEvent } from "../../lib/protocol/model.ts";
import type { Language } from "../../lib/protocol/codes.ts";
import { systemText } from "../../web/texts/system_text.ts";
import { createTranslate } from "../../web/texts/text.ts";
import { speak } from "../support/spoken.ts";

const NAMES: Record<string, string> = { mia: "Mia", lin: "林悦", ben: "Ben" };

function say(event: SystemEvent, me: string, language: Language = "en"): string {
  const message: Message = {
    id: "m",
    conversation: "c",
    seq: 1,
    rev: 1,
    sender: event.by,
    clientId: "m",
    kind: "system",
    text: "",
    event,
    at: "2026-11-21T12:00:00.000Z",
  };
  return systemText({
    t: createTranslate(speak(language)),
    me,
    nameOf: (id) => NAMES[id] ?? id,
    list: (names) => names.join(" and "),
    time: (at) => at.slice(0, 10),
  }, message);
}

/** What somebody else reads, and what the one whom it is about reads. */
const EVENTS: readonly [SystemEvent, string, string, string][] = [
  [
    { type: "created", by: "mia", title: "Choir" },
    "Mia created the group “Choir”.",
    "",
    "Mia创建了群聊“Choir”。",
  ],
  [{ type: "joined", by: "ben", users: ["ben"] }, "Ben joined.", "You joined.", "Ben加入了群聊。"],
  [
    { type: "joined", by: "mia", users: ["ben"] },
    "Mia added Ben.",
    "Mia added you.",
    "Mia添加了Ben。",
  ],
  [{ type: "left", by: "mia" }, "Mia left.", "", "Mia退出了群聊。"],
  [
    { type: "removed", by: "mia", users: ["ben"] },
    "Mia removed Ben.",
    "Mia removed you.",
    "Mia将Ben移出了群聊。",
  ],
  [
    { type: "renamed", by: "mia", title: "Band" },
    "Mia named the group “Band”.",
    "",
    "Mia将群名改为“Band”。",
  ],
  [{ type: "avatar", by: "mia" }, "Mia changed the picture.", "", "Mia更换了头像。"],
  [
    { type: "announcement", by: "mia", announcement: "Nine o’clock" },
    "Mia announced: Nine o’clock",
    "",
    "Mia发布了公告：Nine o’clock",
  ],
  [
    { type: "announcement", by: "mia", announcement: "" },
    "Mia took the announcement down.",
    "",
    "Mia撤下了公告。",
  ],
  [
    { type: "history", by: "mia", visible: true },
    "Mia let newcomers see earlier messages.",
    "",
    "Mia允许新成员查看历史消息。",
  ],
  [
    { type: "history", by: "mia", visible: false },
    "Mia hid earlier messages from newcomers.",
    "",
    "Mia不再让新成员查看历史消息。",
  ],
  [
    { type: "role", by: "mia", users: ["ben"], role: "owner" },
    "Mia made Ben the owner.",
    "Mia made you the owner.",
    "Mia将群主转让给Ben。",
  ],
  [
    { type: "role", by: "mia", users: ["ben"], role: "admin" },
    "Mia made Ben an admin.",
    "Mia made you an admin.",
    "Mia将Ben设为管理员。",
  ],
  [
    { type: "role", by: "mia", users: ["ben"], role: "member" },
    "Mia took the admin role from Ben.",
    "Mia took the admin role from you.",
    "Mia取消了Ben的管理员身份。",
  ],
  [
    { type: "silenced", by: "mia", users: ["ben"], until: "2026-11-22T00:00:00.000Z" },
    "Mia silenced Ben until 2026-11-22.",
    "Mia silenced you until 2026-11-22.",
    "Mia将Ben禁言至 2026-11-22。",
  ],
  [
    { type: "silenced", by: "mia", users: ["ben"] },
    "Mia let Ben write again.",
    "Mia let you write again.",
    "Mia解除了Ben的禁言。",
  ],
  [
    { type: "contact", by: "mia" },
    "You are contacts now. Say hello.",
    "",
    "你们已成为联系人，打个招呼吧。",
  ],
];
for (const [event, others, own, chinese] of EVENTS) {
  Deno.test(`systemText says: ${others}`, () => {
    assert.equal(say(event, "lin"), others);
    if (own !== "") assert.equal(say(event, "ben"), own);
    assert.equal(say(event, "lin", "zh-CN"), chinese);
  });
}

Deno.test("systemText names a few of many and counts the rest", () => {
  const users = Array.from({ length: 40 }, (_, at) => `p${at}`);
  const text = say({ type: "joined", by: "mia", users }, "lin");
  assert.equal(text, "Mia added p0 and p1 and p2 and p3 and 36 others.");
});

Deno.test("systemText counts also those whom the event does not name", () => {
  const users = Array.from({ length: 100 }, (_, at) => `p${at}`);
  const text = say({ type: "joined", by: "mia", users, count: 300 }, "lin");
  assert.equal(text, "Mia added p0 and p1 and p2 and p3 and 296 others.");
});

Deno.test("systemText does not hide what a later server calls by a name of its own", () => {
  const event = { ...{ type: "left", by: "mia" } as const, type: "teleported" } as unknown;
  assert.equal(say(event as SystemEvent, "lin"), "The conversation changed.");
});
