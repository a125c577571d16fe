/// <reference lib="dom" />
import assert from "node:assert/strict";
import { SecurityEvent } from "../../lib/protocol/model.ts";
import { isGrave, securityText } from "../../web/texts/security_text.ts";
import { createTranslate } from "../../web/texts/text.ts";
import { speak } from "../support/spoken.ts";

const eventOf = (type: string): SecurityEvent => ({
  ...{ id: "e", at: "2026-01-01T00:00:00.000Z", device: "", ip: "", session: null },
  type: type as SecurityEvent["type"],
});

Deno.test("securityText has words of its own for each type, in each language", () => {
  const types = SecurityEvent.shape.type.options;
  assert.ok(types.length > 10);
  for (const language of ["en", "zh-CN"] as const) {
    const t = createTranslate(speak(language));
    const said = types.map((type) => securityText(t, eventOf(type)));
    assert.equal(new Set(said).size, types.length);
    assert.ok(!said.includes(t("activity.other")));
    assert.equal(securityText(t, eventOf("of-a-later-server")), t("activity.other"));
    assert.equal(securityText(t, eventOf("toString")), t("activity.other"));
  }
});

Deno.test("isGrave stands out what somebody else may have done", () => {
  assert.deepEqual(SecurityEvent.shape.type.options.filter((type) => isGrave(eventOf(type))), [
    "sign-in-failed",
    "refresh-token-reused",
  ]);
});
