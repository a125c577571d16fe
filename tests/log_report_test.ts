import assert from "node:assert/strict";
import { createSearch } from "./log_report.ts";

const search = createSearch([
  ["password", "correct horse"],
  ["password", "hunter22"],
  ["token", "q0rVZ9r1JZ5nQ8bG3b4aX7wKfLxOa1dM2nQ8bG3b4aX"],
  ["code", "493812"],
  ["text", 'said "between" two'],
]);

Deno.test("the report of logs finds each kind of secret, wherever it stands in a line", () => {
  const found = (line: object) => search(JSON.stringify(line));
  assert.equal(found({ error: "wrong password correct horse." }), "password");
  assert.equal(found({ a: ["hunter22"] }), "password");
  assert.equal(found({ url: "/x?t=q0rVZ9r1JZ5nQ8bG3b4aX7wKfLxOa1dM2nQ8bG3b4aX&y" }), "token");
  for (const text of ["the code 493812 is wrong", "it is 493812.", "code:493812", "#493812"]) {
    assert.equal(found({ error: text }), "code", text);
  }
  assert.equal(found({ code: 493812 }), "code");
  assert.equal(found({ args: ['he said "between" two'] }), "text");
});

Deno.test("the report of logs takes nothing else for one", () => {
  const line = { time: "2026-01-02T03:04:05.493812Z", port: 49381, id: "a-493812-b", ms: 1493812 };
  assert.equal(search(JSON.stringify(line)), undefined);
  assert.equal(search("correct hors"), undefined);
  assert.equal(search(""), undefined);
});
