import assert from "node:assert/strict";
import { hashPassword, passwordMatches } from "../../lib/passwords.ts";

Deno.test("passwordMatches knows the password, and takes what is no hash for nobody's", async () => {
  const stored = await hashPassword("correct horse battery");
  assert.ok(await passwordMatches(stored, "correct horse battery"));
  assert.ok(!await passwordMatches(stored, "correct horse"));
  // What an account has that was emptied, or that nobody may sign in to.
  for (const none of [undefined, "", "none", "*"]) {
    for (const password of ["", "none", "nobody's password"]) {
      assert.equal(await passwordMatches(none, password), false, `${none}`);
    }
  }
});
