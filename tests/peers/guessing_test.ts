/** Somebody who guesses one account's password from thousands of addresses, and its owner. */
import assert from "node:assert/strict";
import type { SessionEntry } from "../../lib/protocol/model.ts";
import { type Answer, PASSWORD, signUp, startTestServer } from "../support/api_server.ts";
import { openHttpLine } from "../support/http_line.ts";
import { prove } from "../support/prove.ts";

const encoder = new TextEncoder();
const ATTEMPTS = 10_000;
const AT_A_TIME = 50;

/** Of what an answer says, what must not tell one name from another. */
function shape({ status, headers, body }: Answer) {
  const { challenge, retryAfter: _, ...rest } = body;
  return {
    status,
    names: [...headers.keys()].sort(),
    policy: headers.get("ratelimit-policy"),
    rest,
    challenge: challenge && Object.keys(challenge.parameters ?? {}).sort(),
  };
}

Deno.test("sign-in attempts from ten thousand addresses do not keep the owner out", async () => {
  await using server = await startTestServer({ trustedProxies: ["127.0.0.1"], limits: true });
  const ann = await signUp(server);
  const signIn = (from: string, more: object, headers: Record<string, string> = {}) =>
    server.call("POST", "/sessions", {
      body: { login: ann.name, password: PASSWORD, ...more },
      headers: { "x-forwarded-for": from, ...headers },
    });

  const known = await signIn("203.0.113.1", { transport: "cookie" });
  assert.equal(known.status, 201);
  const cookies = known.headers.getSetCookie();
  const device = cookies.find((cookie) => cookie.startsWith("parley-device=")) ?? "";
  for (const part of ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=34560000"]) {
    assert.ok(device.includes(part), `${part} in ${device}`);
  }

  /** How many were compared with the password, which is what `credentials` says. */
  const guess = async (login: string, count: number) => {
    const codes: Record<string, number> = {};
    let next = 0;
    await Promise.all(
      Array.from({ length: AT_A_TIME }, async () => {
        using line = await openHttpLine(server.port);
        while (next < count) {
          const n = next++;
          const body = JSON.stringify({ login, password: `guess number ${n}` });
          await line.write(encoder.encode(
            "POST /api/v1/sessions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n" +
              `X-Forwarded-For: 10.${n >> 16}.${(n >> 8) & 255}.${n & 255}\r\n` +
              `Content-Length: ${body.length}\r\n\r\n${body}`,
          ));
          const answer = await line.answer();
          const { code } = JSON.parse(answer?.body ?? "{}");
          codes[code] = (codes[code] ?? 0) + 1;
        }
      }),
    );
    return codes;
  };
  const codes = await guess(ann.name, ATTEMPTS);
  // Ten at once, and one more each six minutes.
  const { credentials = 0, ...others } = codes;
  assert.ok(credentials >= 10 && credentials <= 11, JSON.stringify(codes));
  assert.deepEqual(others, { "rate-limited": ATTEMPTS - credentials });

  // Somebody who does not exist is guessed at in the same words.
  await guess("nobody_at_all", 20);
  const stranger = "198.51.100.7";
  const refused = await signIn(stranger, {});
  assert.equal(refused.status, 429);
  assert.ok(Number(refused.headers.get("retry-after")) > 0);
  assert.deepEqual(shape(refused), shape(await signIn(stranger, { login: "nobody_at_all" })));

  // The owner, at once from the device that is known, though it is somewhere else now …
  const headers = { cookie: device.split(";")[0] ?? "" };
  assert.equal((await signIn(stranger, {}, headers)).status, 201);
  // Where it asks from is what the proxy says.
  const { body } = await ann.call("GET", "/sessions");
  const entries = body.sessions as unknown as SessionEntry[];
  assert.ok(entries.some(({ ip }) => ip === stranger));
  // … which is no use for anybody else's account, nor when it is made up …
  const ben = await signUp(server);
  await guess(ben.name, 20);
  assert.equal((await signIn(stranger, { login: ben.name }, headers)).status, 429);
  const forged = { cookie: headers.cookie.replace(ann.id, ben.id) };
  assert.equal((await signIn(stranger, { login: ben.name }, forged)).status, 429);
  // … and from a new device after one challenge.
  const proof = await prove(refused.body.challenge);
  assert.equal((await signIn(stranger, { proof })).status, 201);
  assert.equal((await signIn(stranger, { proof })).status, 429);
});
