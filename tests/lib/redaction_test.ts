import assert from "node:assert/strict";
import { newToken } from "../../lib/tokens.ts";
import { redact, redactText } from "../../lib/redaction.ts";

Deno.test("redact takes out what the name of a field says is secret, however deep it is", () => {
  const planted = "hunter2 hunter2";
  const names = [
    "password",
    "passwordHash",
    "current_password",
    "accessToken",
    "refreshToken",
    "ticket",
    "set-cookie",
    "Authorization",
    "PARLEY_SECRET",
    "secretKey",
    "proof",
    "text",
    "draft",
    "greeting",
    "body",
    "parameters",
  ];
  for (const name of names) {
    for (const value of [planted, [planted], { inside: planted }]) {
      const fields = { a: { list: [{ [name]: value }] }, [name]: value };
      assert.ok(!JSON.stringify(redact(fields)).includes("hunter2"), name);
    }
  }
});

Deno.test("redactText takes out what looks like a secret in the middle of a text", () => {
  const jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r";
  for (const secret of [jwt, newToken(), "a1".repeat(32)]) {
    for (const around of [`${secret}`, `got ${secret}.`, `{"x":"${secret}"}`, `?t=${secret}&u=1`]) {
      assert.ok(!redactText(around).includes(secret.slice(4, 30)), around);
    }
  }
  for (const around of ["code # is wrong", "it is #.", "code:#", '{"code":#}', "(#)", "#, or so"]) {
    assert.equal(redactText(around.replace("#", "493812")), around.replace("#", "[redacted]"));
  }
  assert.deepEqual(redact({ data: { code: 493812 }, code: "invalid" }), {
    data: { code: "[redacted]" },
    code: "invalid",
  });
  // Base64url of 256 bits that happens to have no digit.
  assert.equal(redactText("x".repeat(21) + "Y".repeat(22)), "[redacted]");
  assert.equal(redactText("Bearer abc.def"), "Bearer [redacted]");
  assert.equal(
    redactText("cannot reach smtp://ann:p%40ss@mail.example.org:587/"),
    "cannot reach smtp://ann:[redacted]@mail.example.org:587/",
  );
  assert.equal(
    redactText("s3://AKIA:wJalr%2FXUtn@127.0.0.1:9000/bucket"),
    "s3://AKIA:[redacted]@127.0.0.1:9000/bucket",
  );
  assert.equal(redactText("smtp://a@b.org:pw@mail/"), "smtp://a@b.org:[redacted]@mail/");
});

Deno.test("redactText leaves what an operator needs", () => {
  for (
    const text of [
      "0192f0c4-5b7a-7cc1-8a55-3d1c5a9f2b10",
      "connect ECONNREFUSED 127.0.0.1:54321",
      "2026-01-02T03:04:05.678Z",
      "file:///srv/parley/lib/sql/append_event_and_more_of_a_long_name.ts:123456:7",
      "in 123456 ms",
      "2026-01-02T03:04:05.678901Z",
      "[::1]:123456",
      "a rate of 1.123456",
      "duplicate key value violates unique constraint users_email_key",
    ]
  ) {
    assert.equal(redactText(text), text);
  }
});

Deno.test("redact keeps of an error what it says and where, and its causes, and no values beside", () => {
  const cause = Object.assign(new Error("duplicate key value violates unique constraint"), {
    detail: "Key (email)=(ann@example.org) already exists.",
    query: "insert into messages (text) values ($1)",
    args: ["planted text"],
  });
  const { error } = redact({ error: new Error("not stored", { cause }) });
  assert.match(String(error), /^Error: not stored\n +at .*\n(.|\n)*caused by Error: duplicate key/);
  assert.doesNotMatch(String(error), /planted|ann@example|insert into/);
});

Deno.test("redact ends at what has no end", () => {
  const endless: Record<string, unknown> = {};
  endless.again = endless;
  assert.ok(JSON.stringify(redact(endless)).length < 200);
});
