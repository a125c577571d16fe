import assert from "node:assert/strict";
import { newId } from "../../lib/ids.ts";
import { Me } from "../../lib/protocol/model.ts";
import { signUp } from "../support/api_server.ts";
import { testWithServer } from "../support/shared_server.ts";

testWithServer("me changes what is named, and leaves the rest", async (server) => {
  const [ann, ben] = [await signUp(server), await signUp(server)];
  const avatar = newId();
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
