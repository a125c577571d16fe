import assert from "node:assert/strict";
import { ApiError } from "../../client/api.ts";
import { createPresenceWatch, type PresenceWatch } from "../../client/presence.ts";
import { LIMITS } from "../../lib/protocol/codes.ts";
import type { Presence, PresenceState } from "../../lib/protocol/model.ts";
import { settle } from "../support/fake_timers.ts";

const LISTED_AT = "2026-01-01T00:00:00.000Z";

function of(user: string, state: PresenceState): Presence {
  return { user, state, lastSeenAt: LISTED_AT };
}

type Question = { users: string[]; answer(...presence: Presence[]): Promise<void> };

function setUp(): {
  watch: PresenceWatch;
  questions: Question[];
  said: string[];
  stateOf: (user: string) => PresenceState;
} {
  const questions: Question[] = [];
  const said: string[] = [];
  const watch = createPresenceWatch({
    watch: (users) =>
      new Promise((resolve) =>
        questions.push({
          users,
          answer: (...presence) => {
            resolve({ presence });
            return settle();
          },
        })
      ),
    set: (state) => {
      said.push(state);
      return Promise.reject(new ApiError({ code: "unavailable", status: 0, message: "lost" }));
    },
    changed: () => {},
  });
  return { watch, questions, said, stateOf: (user) => watch.of(of(user, "away")).state };
}

Deno.test("PresenceWatch asks at each connection, and when there are others to follow", async () => {
  const { watch, questions, stateOf } = setUp();
  watch.watch(["ann", "ben"]);
  assert.deepEqual([questions.length, stateOf("ann")], [0, "unknown"]);
  watch.ready();
  // Until the answer comes, the list's word holds.
  assert.equal(stateOf("ann"), "away");
  await questions[0]?.answer(of("ann", "online"), of("ben", "offline"));
  assert.deepEqual([stateOf("ann"), stateOf("ben")], ["online", "offline"]);
  watch.watch(["ann", "ben"]);
  assert.equal(questions.length, 1);
  watch.watch(["ann", "ben", "cid"]);
  watch.lost();
  assert.equal(stateOf("ann"), "unknown");
  watch.ready();
  assert.deepEqual(questions.map(({ users }) => users.length), [2, 3, 3]);
  // An answer from before.
  await questions[1]?.answer(of("ann", "busy"));
  assert.equal(stateOf("ann"), "away");
});

Deno.test("PresenceWatch believes what it heard since the question", async () => {
  const { watch, questions, stateOf } = setUp();
  watch.watch(["ann", "ben"]);
  watch.ready();
  watch.heard(of("ann", "busy"));
  await questions[0]?.answer(of("ann", "online"), of("ben", "online"));
  assert.deepEqual([stateOf("ann"), stateOf("ben")], ["busy", "online"]);
  watch.heard(of("ben", "offline"));
  assert.equal(stateOf("ben"), "offline");
});

Deno.test("PresenceWatch follows no more people than it may", () => {
  const { watch, questions, stateOf } = setUp();
  watch.ready();
  watch.watch(Array.from({ length: LIMITS.watched + 1 }, (_, n) => `user ${n}`));
  assert.equal(questions[0]?.users.length, LIMITS.watched);
  // Of whoever is beyond, nobody hears that they came or went.
  assert.equal(stateOf(`user ${LIMITS.watched - 1}`), "away");
  assert.equal(stateOf(`user ${LIMITS.watched}`), "unknown");
});

Deno.test("PresenceWatch says on every connection what this person chose to be", () => {
  const { watch, said } = setUp();
  watch.ready();
  watch.set("online");
  assert.deepEqual(said, []);
  watch.set("busy");
  watch.lost();
  watch.set("away");
  watch.ready();
  assert.deepEqual([said, watch.own()], [["busy", "away"], "away"]);
  watch.set("online");
  assert.equal(said.at(-1), "online");
});
