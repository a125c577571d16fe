/// <reference lib="dom" />
import assert from "node:assert/strict";
import { signal } from "@preact/signals";
import type { Language } from "../../lib/protocol/codes.ts";
import type { Contact, User } from "../../lib/protocol/model.ts";
import { createNames } from "../../web/texts/names.ts";
import { createTranslate } from "../../web/texts/text.ts";
import { speak } from "../support/spoken.ts";

const AT = "2026-01-01T00:00:00.000Z";
const ben: User = { id: "ben", username: "ben", displayName: "", avatar: null, bio: "" };
const gone: User = {
  ...ben,
  id: "gone",
  username: "deleted-01a1ffb9-0802-7477-9711-c6280e49fcb9",
  deleted: true,
};

function namesIn(language: Language) {
  const alias = (user: User): Contact => ({
    ...{ user, alias: "Benny", conversation: "c", unread: 0, at: AT },
    presence: { user: user.id, state: "unknown", lastSeenAt: null },
  });
  return createNames({
    t: createTranslate(speak(language)),
    session: { me: signal(undefined) },
    contacts: { find: (id) => alias(id === gone.id ? gone : ben) },
    people: { known: () => undefined, look: () => undefined },
  });
}

Deno.test("Names calls people by the alias, and nobody who is gone by any name", () => {
  const names = namesIn("en");
  assert.deepEqual([names.person(ben), names.own(ben)], ["Benny", "ben"]);
  assert.deepEqual([names.person(gone), names.own(gone)], ["Deleted account", "Deleted account"]);
  assert.equal(namesIn("zh-CN").person(gone), "已注销的账号");
});
