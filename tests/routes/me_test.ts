import assert from "node:assert/strict";
import { newId } from "../../lib/ids.ts";
import { Me } from "../../lib/protocol/model.ts";
import { signUp } from "../support/api_server.ts";
import { seedFile } from "../support/seed_file.ts";
import { testWithServer } from "../support/shared_server.ts";

testWithServer("me changes what is named, and leaves the rest", async (server) => {
  const [ann, ben] = [await signUp(server), await signUp(server)];
  const picture = { type: "image/png", width: 64, height: 64 };
  const { id: avatar } = await seedFile(server.database.sql, ann.id, picture);
  const steps: [object, object][] = [
    [{ displayName: "安娜 👋", bio: "says hello", avatar }, {}],
    [{ bio: "" }, { bio: "" }],
    [{}, {}],
    [{ avatar: null }, { avatar: null }],
    [{ displayName: "Ann" }, { displayName: "Ann" }],
  ];
  const expected = Me.parse((await ann.call("GET", "/me")).body);
  for (const [change, after] of steps) {
    Object.assign(expected, change, after);
    const answer = await ann.call("PATCH", "/me", change);
    assert.deepEqual([answer.status, answer.body], [200, expected]);
    assert.deepEqual((await ann.call("GET", "/me")).body, expected);
  }
  const seen = (await ben.call("GET", `/users/${ann.id}`)).body;
  assert.deepEqual([seen.displayName, seen.email].map(String), ["Ann", "undefined"]);
});

testWithServer(
  "me refuses what does not fit, and what is not to be changed here",
  async (server) => {
    const ann = await signUp(server);
    const before = (await ann.call("GET", "/me")).body;
    const bad = [
      { displayName: "" },
      { displayName: "x".repeat(65) },
      { displayName: null },
      { bio: "x".repeat(501) },
      { bio: "\0" },
      { avatar: "none" },
      { username: "someone" },
      { email: "other@example.org" },
      { id: newId() },
    ];
    for (const change of bad) {
      assert.equal((await ann.call("PATCH", "/me", change)).status, 422, JSON.stringify(change));
    }
    assert.deepEqual((await ann.call("GET", "/me")).body, before);
  },
);

testWithServer("me takes for a picture only a file of one's own that is one", async (server) => {
  const [ann, ben] = [await signUp(server), await signUp(server)];
  const { sql } = server.database;
  const wide = { type: "image/png", width: 64, height: 64 };
  const { id: others } = await seedFile(sql, ben.id, wide);
  const before = (await ann.call("GET", "/me")).body;
  const missing = await ann.call("PATCH", "/me", { avatar: newId(), bio: "x" });
  assert.equal(missing.status, 404);
  const foreign = await ann.call("PATCH", "/me", { avatar: others, bio: "x" });
  assert.deepEqual([foreign.status, foreign.body], [404, missing.body]);
  const bad: [object, RegExp][] = [
    [{ type: "text/plain" }, /text\/plain/],
    [{ type: "image/svg+xml", width: 64, height: 64 }, /svg/],
    [{ type: "image/png", width: 10_001, height: 1_000 }, /10001 × 1000 pixels/],
    [{ type: "image/png" }, /how large/],
    [{ ...wide, bytes: new Uint8Array(5 * 1024 * 1024 + 1) }, /5242881 bytes/],
  ];
  for (const [of, message] of bad) {
    const { id: avatar } = await seedFile(sql, ann.id, of);
    const { status, body } = await ann.call("PATCH", "/me", { avatar, bio: "x" });
    assert.deepEqual([status, String(body.errors?.[0]?.path)], [422, "avatar"]);
    assert.match(String(body.errors?.[0]?.message), message);
  }
  assert.deepEqual((await ann.call("GET", "/me")).body, before);
});
