/// <reference lib="dom" />
import assert from "node:assert/strict";
import { signal } from "@preact/signals";
import { createDates } from "../../web/texts/dates.ts";
import { presenceText } from "../../web/texts/presence_text.ts";
import { createTranslate } from "../../web/texts/text.ts";
import { speak } from "../support/spoken.ts";

const yesterday = () => new Date(Date.now() - 24 * 3_600_000).toISOString();

Deno.test("yesterday has a capital where it stands alone, and none within a sentence", () => {
  const dates = createDates(signal("en-GB"));
  assert.equal(dates.brief(yesterday()), "Yesterday");
  assert.equal(dates.day(yesterday()), "Yesterday");
  const parts = { t: createTranslate(speak("en")), dates };
  assert.equal(
    presenceText(parts, { user: "lin", state: "offline", lastSeenAt: yesterday() }),
    "Last seen yesterday",
  );
});
