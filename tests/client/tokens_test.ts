import assert from "node:assert/strict";
import { ApiError, type Send } from "../../client/api.ts";
import { createTokenKeeper, type TokenKeeper } from "../../client/tokens.ts";
import type { SessionGrant } from "../../lib/protocol/model.ts";
import { createFakeTimers, type FakeTimers } from "../support/fake_timers.ts";

function grant(generation: number, user = "u"): SessionGrant {
  return {
    user: {
      id: user,
      username: "ann",
      displayName: "Ann",
      avatar: null,
      bio: "",
      email: "ann@example.org",
      createdAt: "2026-01-01T00:00:00.000Z",
    },
    session: "s",
    accessToken: `access ${generation}`,
    accessExpiresIn: 900,
    refreshExpiresIn: 86_400,
    refreshToken: `refresh ${generation}`,
  };
}

const over = () => new ApiError({ code: "unauthenticated", status: 401, message: "over" });

/** A server that takes the newest access token only, and says what it was asked. */
function setUp(): {
  keeper: TokenKeeper;
  timers: FakeTimers;
  asked: string[];
  ended: () => number;
  server: { generation: number; gone: boolean; user: string };
} {
  const timers = createFakeTimers();
  const asked: string[] = [];
  const server = { generation: 1, gone: false, user: "u" };
  let ended = 0;
  const send: Send = <T>(
    _method: string,
    path: string,
    { body, accessToken }: { body?: unknown; accessToken?: string | undefined } = {},
  ): Promise<T> => {
    if (path === "/sessions/refresh") {
      asked.push(`refresh with ${(body as { refreshToken?: string }).refreshToken}`);
      if (server.gone) return Promise.reject(over());
      return Promise.resolve(grant(++server.generation, server.user) as T);
    }
    asked.push(`${path} with ${accessToken}`);
    if (server.gone || accessToken !== `access ${server.generation}`) return Promise.reject(over());
    return Promise.resolve("fine" as T);
  };
  const keeper = createTokenKeeper({ send, credentials: "body", timers, onEnded: () => ended++ });
  return { keeper, timers, asked, ended: () => ended, server };
}

Deno.test("TokenKeeper renews an access token shortly before its end", async () => {
  const { keeper, timers, asked } = setUp();
  keeper.begin(grant(1));
  await keeper.send("GET", "/me");
  await timers.pass(871_000);
  await keeper.send("GET", "/me");
  assert.deepEqual(asked, ["/me with access 1", "refresh with refresh 1", "/me with access 2"]);
});

Deno.test("TokenKeeper renews once for all who ask at the same time", async () => {
  const { keeper, timers, asked } = setUp();
  keeper.begin(grant(1));
  await timers.pass(900_000);
  await Promise.all([keeper.send("GET", "/a"), keeper.send("GET", "/b")]);
  assert.equal(asked.filter((each) => each.startsWith("refresh")).length, 1);
});

Deno.test("TokenKeeper tries once more with a new token when the old one is refused", async () => {
  const { keeper, asked, server } = setUp();
  keeper.begin(grant(1));
  server.generation = 5;
  assert.equal(await keeper.send("GET", "/me"), "fine");
  assert.deepEqual(asked, ["/me with access 1", "refresh with refresh 1", "/me with access 6"]);
});

Deno.test("TokenKeeper says that the session is over when it cannot be renewed", async () => {
  const { keeper, ended, server } = setUp();
  keeper.begin(grant(1));
  server.gone = true;
  await assert.rejects(keeper.send("GET", "/me"));
  assert.equal(ended(), 1);
});

Deno.test("TokenKeeper does not let a late renewal revive a session that was left", async () => {
  const { keeper, timers, ended } = setUp();
  keeper.begin(grant(1));
  await timers.pass(900_000);
  const late = keeper.send("GET", "/me");
  keeper.forget();
  await assert.rejects(late);
  assert.equal(ended(), 0);
  assert.equal(await keeper.resume(), undefined);
});

Deno.test("TokenKeeper keeps the session when several requests are refused at once", async () => {
  const { keeper, asked, ended, server } = setUp();
  keeper.begin(grant(1));
  server.generation = 5;
  await Promise.all([keeper.send("GET", "/a"), keeper.send("GET", "/b")]);
  assert.equal(ended(), 0);
  assert.equal(asked.filter((each) => each.startsWith("refresh")).length, 1);
});

Deno.test("TokenKeeper takes over no session of whoever has signed in since in the same browser", async () => {
  const { keeper, timers, asked, ended, server } = setUp();
  keeper.begin(grant(1));
  await timers.pass(900_000);
  server.user = "somebody else";
  await assert.rejects(keeper.send("POST", "/files"), { code: "unauthenticated" });
  assert.deepEqual([ended(), asked], [1, ["refresh with refresh 1"]], "nothing is asked as theirs");
  // Whoever left may find the other one by looking anew.
  keeper.forget();
  keeper.begin(grant(3, "somebody else"));
  server.generation = 3;
  assert.equal(await keeper.send("GET", "/me"), "fine");
});
