/// <reference lib="dom" />
import assert from "node:assert/strict";
import { ApiError } from "../../client/api.ts";
import { problemText, waitOf } from "../../web/texts/problem_text.ts";
import { LANGUAGES } from "../../lib/protocol/codes.ts";
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

Deno.test("problemText tells a server that is busy from one that cannot be reached", () => {
  for (const language of LANGUAGES) {
    const t = createTranslate(speak(language));
    const said = (status: number, retryAfter?: number) =>
      problemText(t, new ApiError({ code: "unavailable", status, message: "", retryAfter }));
    const texts = [said(0), said(503), said(503, 2), said(502)];
    assert.deepEqual(texts, [
      t("problem.unreachable"),
      t("problem.unavailable"),
      t("problem.unavailable_for", { seconds: 2 }),
      t("problem.unavailable"),
    ]);
  }
  const t = createTranslate(speak("en"));
  const busy = new ApiError({ code: "unavailable", status: 503, message: "", retryAfter: 1.2 });
  assert.match(problemText(t, busy), / right now\. Try again in 2 seconds\.$/);
  assert.equal(waitOf(busy), 2);
  assert.equal(
    waitOf(new ApiError({ code: "invalid", status: 422, message: "", retryAfter: 2 })),
    undefined,
  );
});
