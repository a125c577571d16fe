/// <reference lib="dom" />
import assert from "node:assert/strict";
import { ApiError } from "../../client/api.ts";
import { problemText } from "../../web/texts/problem_text.ts";
import { createTranslate } from "../../web/texts/text.ts";
import { speak } from "../support/spoken.ts";

Deno.test("problemText says how long to wait in words that fit", () => {
  const t = createTranslate(speak("en"));
  const wait = (retryAfter?: number) =>
    problemText(t, new ApiError({ code: "rate-limited", status: 429, message: "", retryAfter }));
  assert.match(wait(0.2), / in 1 second\.$/);
  assert.match(wait(59.5), / in 60 seconds\.$/);
  assert.match(wait(600), / in 10 minutes\.$/);
  assert.match(wait(601), / in 11 minutes\.$/);
  assert.match(wait(), /Wait a little/);
});
