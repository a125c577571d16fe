/// <reference lib="dom" />
import assert from "node:assert/strict";
import { signal } from "@preact/signals";
import { ApiError } from "../../client/api.ts";
import { createEvents } from "../../client/events.ts";
import type { ClientEvents, ConversationView } from "../../client/views.ts";
import type { Id, RelatedUser } from "../../lib/protocol/model.ts";
import { createPeopleStore } from "../../web/stores/people.ts";
import { createNames } from "../../web/texts/names.ts";
import { createTranslate } from "../../web/texts/text.ts";
import { conversationOf, memberOf } from "../support/fake_server.ts";
import { createFakeTimers, settle } from "../support/fake_timers.ts";
import { speak } from "../support/spoken.ts";

const userOf = (id: Id): RelatedUser => ({ ...memberOf(id).user, relation: "none" });

/** A store whose questions to the server are answered by the test. */
function createStore() {
  const events = createEvents<ClientEvents>();
  const timers = createFakeTimers();
  const questions: { id: Id; answer: PromiseWithResolvers<RelatedUser> }[] = [];
  const people = createPeopleStore({
    on: events.on,
    contacts: {
      find: (id) => {
        const answer = Promise.withResolvers<RelatedUser>();
        questions.push({ id, answer });
        return answer.promise;
      },
    },
  }, timers);
  return { events, timers, questions, people };
}

Deno.test("PeopleStore asks for a few people at a time, and once for each", async () => {
  const { questions, people } = createStore();
  const ids = Array.from({ length: 40 }, (_, at) => `p${at}`);
  for (const id of [...ids, ...ids]) people.look(id);
  await settle();
  assert.equal(questions.length, 2);
  for (let at = 0; at < ids.length; at++) {
    questions[at]?.answer.resolve(userOf(questions[at]?.id ?? ""));
    await settle();
    assert.ok(questions.length <= at + 3, `${questions.length} were asked`);
  }
  assert.deepEqual(questions.map(({ id }) => id), ids);
  assert.deepEqual(ids.map((id) => people.known(id)?.id), ids);
});

Deno.test("PeopleStore asks again for whom it asked too early", async () => {
  const { questions, people, timers } = createStore();
  people.look("ben");
  await settle();
  questions[0]?.answer.reject(
    new ApiError({ code: "rate-limited", status: 429, message: "slow down", retryAfter: 3 }),
  );
  await timers.pass(3_000);
  questions[1]?.answer.resolve(userOf("ben"));
  await settle();
  assert.equal(people.known("ben")?.id, "ben");
});

Deno.test("PeopleStore asks again after the connection came back, for who is not known alone", async () => {
  const { events, questions, people } = createStore();
  for (const id of ["ann", "ben"]) people.look(id);
  await settle();
  questions[0]?.answer.resolve(userOf("ann"));
  questions[1]?.answer.reject(new ApiError({ code: "unavailable", status: 0, message: "gone" }));
  await settle();
  people.look("ben");
  await settle();
  assert.equal(questions.length, 2);
  events.emit("connection", { name: "ready" });
  for (const id of ["ann", "ben"]) people.look(id);
  await settle();
  assert.deepEqual(questions.map(({ id }) => id), ["ann", "ben", "ben"]);
});

Deno.test("PeopleStore gives one account nothing that another one asked for", async () => {
  const { events, questions, people } = createStore();
  people.look("ben");
  await settle();
  events.emit("session", { name: "signed-out" });
  questions[0]?.answer.resolve(userOf("ben"));
  await settle();
  assert.equal(people.known("ben"), undefined);
});

Deno.test("Names asks for nobody before the members of a group are there", async () => {
  const { questions, people } = createStore();
  const names = createNames({
    t: createTranslate(speak("en")),
    session: { me: signal(undefined) },
    contacts: { find: () => undefined },
    people,
  });
  const view: ConversationView = {
    ...{ info: conversationOf("group"), members: [], unread: 0, mentions: 0, typers: [] },
    ...{ draft: "", lastMessage: null, othersDelivered: 0, othersRead: 0 },
  };
  for (const early of [undefined, view]) {
    assert.equal(names.look(early, "ben"), "Someone");
    await settle();
    assert.equal(questions.length, 0);
  }
  const later = { ...view, members: [memberOf("ann")] };
  assert.equal(names.look(later, "ann"), "ann");
  names.look(later, "ben");
  await settle();
  assert.deepEqual(questions.map(({ id }) => id), ["ben"]);
});
