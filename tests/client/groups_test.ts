import assert from "node:assert/strict";
import { ApiError } from "../../client/api.ts";
import { createGroups } from "../../client/groups.ts";
import type { Ask } from "../../client/tokens.ts";
import { conversationOf } from "../support/fake_server.ts";

Deno.test("Groups make no second group when a try of which nobody knows is tried again", async () => {
  const asked: { title: string; clientId: string }[] = [];
  let failure: string | undefined;
  const ask: Ask = (_method, _path, body) => {
    asked.push(body as { title: string; clientId: string });
    return failure === undefined
      ? Promise.resolve(conversationOf("group") as never)
      : Promise.reject(new ApiError({ code: failure, status: 0, message: failure }));
  };
  const groups = createGroups(ask, {
    me: () => "me",
    add: () => {},
    left: () => {},
    membersChanged: () => {},
  });
  const ids = () => asked.splice(0).map(({ clientId }) => clientId);

  failure = "unavailable";
  await assert.rejects(groups.create("Lunch", ["ann"]), { code: "unavailable" });
  await assert.rejects(groups.create("Lunch", ["ann", "ben"]), { code: "unavailable" });
  failure = undefined;
  await groups.create("Lunch", ["ann"]);
  // That one is there: whoever asks again wants another.
  await groups.create("Lunch", ["ann"]);
  const [first, another, again, second] = ids();
  assert.equal(first, again);
  assert.equal(new Set([first, another, second]).size, 3);

  failure = "forbidden";
  await assert.rejects(groups.create("Lunch", ["ann"]), { code: "forbidden" });
  failure = undefined;
  await groups.create("Lunch", ["ann"]);
  const [refused, later] = ids();
  assert.notEqual(refused, later);
});
