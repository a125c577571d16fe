import assert from "node:assert/strict";
import { Hono } from "hono";
import { loadCommonPasswords } from "../../lib/common_passwords.ts";
import { FAVOURITES } from "../../lib/favourite_passwords.ts";
import { isPattern } from "../../lib/guessable.ts";
import { timeLeft, withDeadline } from "../../lib/deadline.ts";
import { createWebServer } from "../../lib/http/http_server.ts";
import { listen } from "../../lib/listen.ts";

// The usual entries of published lists that have eight characters or more.
const COMMONEST = `123456789 12345678 password qwerty123 1234567890 password1 iloveyou 11111111
  123123123 qwertyuiop 00000000 1q2w3e4r5t 987654321 1q2w3e4r 1qaz2wsx abcd1234 asdfghjkl 88888888
  football princess sunshine 147258369 computer baseball superman dearbook 1234qwer 12345678910
  123456789a P@ssw0rd qwer1234 789456123 q1w2e3r4 12341234 michelle a123456789 password123 starwars
  1111111111 jennifer 11223344 trustno1 passw0rd whatever Aa123456 87654321 12344321 aaaaaaaa
  0987654321 12121212 69696969 22222222 99999999 111111111 abcdefgh 0123456789 9876543210 123456123456
  woaini1314 woaini123 5201314520 1314520520 31415926 123698745 a5201314 wojiushiwo qq123456789`;

Deno.test("the commonest passwords are known, by the list or as patterns", async () => {
  const common = await loadCommonPasswords();
  const unknown = COMMONEST.split(/\s+/).map((each) => each.toLowerCase())
    .filter((each) => !common.has(each) && !isPattern(each));
  assert.deepEqual(unknown, []);
});

Deno.test("FAVOURITES has nothing that need not be there", async () => {
  const { dictionary } = await import("@zxcvbn-ts/language-common");
  const others = new Set(dictionary["passwords-common"].map((common) => common.toLowerCase()));
  const needless = FAVOURITES.filter((each) =>
    each.length < 8 || each !== each.toLowerCase() || others.has(each) || isPattern(each)
  );
  assert.deepEqual(needless, []);
  assert.equal(new Set(FAVOURITES).size, FAVOURITES.length);
});

Deno.test("loadCommonPasswords leaves the time of whoever asks first to them", async () => {
  const app = new Hono().get("/", (c) => c.text(String(timeLeft())));
  const server = createWebServer(app.fetch, { sockets: false });
  const port = await listen(server.http, "127.0.0.1", 0);
  try {
    const common = await withDeadline(60_000, loadCommonPasswords);
    assert.ok(common.has("password123"));
    const answer = await fetch(`http://127.0.0.1:${port}/`);
    assert.equal(await answer.text(), "Infinity");
  } finally {
    await server.finish();
  }
});
