import assert from "node:assert/strict";
import { newId } from "../../lib/ids.ts";
import { Conversation, Member, SharedConversation } from "../../lib/protocol/model.ts";
import { type ChatClient, connectChat, isType } from "../support/chat_client.ts";
import { testWithServer } from "../support/shared_server.ts";
import {
  befriend,
  type Body,
  type Person,
  signUp,
  type TestServer,
} from "../support/api_server.ts";

async function seedFriends(server: TestServer): Promise<[Person, Person, Person]> {
  const [ann, ben, cat] = [await signUp(server), await signUp(server), await signUp(server)];
  await befriend(ann, ben);
  await befriend(ann, cat);
  return [ann, ben, cat];
}

async function makeGroup(maker: Person, members: readonly Person[]): Promise<string> {
  const ids = members.map(({ id }) => id);
  const { status, body } = await maker.call("POST", "/conversations", {
    kind: "group",
    title: "Trip",
    members: ids,
  });
  assert.equal(status, 201, JSON.stringify(body));
  return String(body.id);
}

function say(chat: ChatClient, conversation: string, text: string): Promise<Body> {
  const frame = { type: "message.send", conversation, clientId: newId(), kind: "text", text };
  return chat.ask<"message.send">({ ...frame, type: "message.send", kind: "text" });
}

/** The frame that tells of a group as `fits` wants it. */
function heard(chat: ChatClient, group: string, what: string, fits: (shown: Body) => boolean) {
  return chat.find(
    ({ type, conversation }) =>
      String(type) === "conversation" && String(conversation?.id) === group &&
      conversation !== undefined && fits(conversation),
    what,
  );
}

function heardEvent(chat: ChatClient, group: string, type: string): Promise<Body> {
  return chat.find(
    ({ message }) =>
      String(message?.conversation) === group && String(message?.event?.type) === type,
    `the event ${type}`,
  );
}

testWithServer("conversations makes a group, and tells everybody in it", async (server) => {
  const [ann, ben, cat] = await seedFriends(server);
  await using atAnn = await connectChat(server, ann);
  await using atBen = await connectChat(server, ben);
  const clientId = newId();
  const members = [ben.id, cat.id, ben.id, ann.id];
  const wanted = { kind: "group", title: "  Trip ", members, clientId };
  const made = await ann.call("POST", "/conversations", wanted);
  assert.equal(made.status, 201);
  const conversation = Conversation.strict().parse(made.body);
  assert.deepEqual(
    [conversation.title, conversation.role, conversation.memberCount],
    ["Trip", "owner", 3],
  );
  const id = conversation.id;
  const own = await heard(atAnn, id, "the maker's other devices hear", ({ role }) => !!role);
  assert.deepEqual(own.conversation, made.body);
  const told = await heard(atBen, id, "the group", ({ role }) => role !== undefined);
  assert.deepEqual(
    told.conversation,
    (await ben.call("GET", "/conversations")).body
      .conversations?.[0],
  );
  const { message } = await heardEvent(atBen, id, "created");
  assert.deepEqual(message?.event, {
    type: "created",
    by: ann.id,
    users: [ben.id, cat.id],
    title: "Trip",
  });
  assert.equal(String((await say(atBen, id, "hello")).type), "ok");

  const again = await ann.call("POST", "/conversations", wanted);
  assert.deepEqual([again.status, String(again.body.id)], [200, id]);
  const other = await ann.call("POST", "/conversations", { ...wanted, title: "Trips" });
  assert.deepEqual([other.status, String(other.body.code)], [409, "conflict"]);
});

testWithServer("conversations refuses a group of people who are no contacts", async (server) => {
  const [ann, ben] = await seedFriends(server);
  const stranger = await signUp(server);
  const ask = (members: string[]) =>
    ann.call("POST", "/conversations", { kind: "group", title: "Trip", members });
  const refused = await ask([ben.id, stranger.id]);
  assert.deepEqual([refused.status, String(refused.body.code)], [403, "not-contact"]);
  assert.equal(String(refused.body.errors?.[0]?.path), "members.1");
  assert.deepEqual((await ask([ben.id, newId()])).body, refused.body);
  const bodies = [
    { kind: "group", title: " ", members: [] },
    { kind: "group", title: "Trip" },
    { kind: "group", title: "Trip", members: ["x"] },
    { kind: "group", title: "Trip", members: [], owner: ann.id },
    { kind: "crowd", title: "Trip", members: [] },
    { title: "Trip", members: [] },
  ];
  for (const body of bodies) {
    const { status } = await ann.call("POST", "/conversations", body);
    assert.equal(status, 422, JSON.stringify(body));
  }
});

testWithServer(
  "conversations tells all members of a change, in the log and beside",
  async (server) => {
    const [ann, ben, cat] = await seedFriends(server);
    const id = await makeGroup(ann, [ben, cat]);
    await using atBen = await connectChat(server, ben);
    const change = { title: "Voyage", announcement: "At nine", historyVisible: true };
    const refused = await ben.call("PATCH", `/conversations/${id}`, change);
    assert.deepEqual([refused.status, String(refused.body.code)], [403, "forbidden"]);
    const changed = await ann.call("PATCH", `/conversations/${id}`, change);
    assert.equal(changed.status, 200);
    Conversation.strict().parse(changed.body);
    assert.deepEqual(
      [changed.body.title, changed.body.announcement, changed.body.historyVisible, changed.body.seq]
        .map(String),
      ["Voyage", "At nine", "true", "4"],
    );
    for (const type of ["renamed", "announcement", "history"]) await heardEvent(atBen, id, type);
    const told = await heard(atBen, id, "the new title", ({ title }) => String(title) === "Voyage");
    // What all members see alike: nothing of Ann's own.
    SharedConversation.strict().parse(told.conversation);
    const empty = await ann.call("PATCH", `/conversations/${id}`, {});
    assert.deepEqual(empty.body, changed.body);
  },
);

testWithServer("members brings people in, who hear of it and may write at once", async (server) => {
  const [ann, ben, cat] = await seedFriends(server);
  const id = await makeGroup(ann, [ben]);
  await using atAnn = await connectChat(server, ann);
  await using atCat = await connectChat(server, cat);
  const path = `/conversations/${id}/members`;
  assert.equal((await ben.call("POST", path, { users: [cat.id] })).status, 403);
  assert.equal((await ann.call("POST", path, { users: [] })).status, 422);
  const added = await ann.call("POST", path, { users: [ben.id, cat.id] });
  assert.deepEqual([added.status, added.body.members?.length], [200, 1]);
  const member = Member.strict().parse(added.body.members?.[0]);
  assert.deepEqual([member.user.id, member.joinedSeq, member.role], [cat.id, 1, "member"]);
  const told = await heard(atCat, id, "the group", ({ role }) => role !== undefined);
  Conversation.strict().parse(told.conversation);
  assert.equal(Number(told.conversation?.unread), 0);
  await heardEvent(atCat, id, "joined");
  await heard(atAnn, id, "a third member", ({ memberCount }) => Number(memberCount) === 3);
  assert.equal(String((await say(atCat, id, "hello")).type), "ok");
  await atAnn.find(({ message }) => String(message?.text) === "hello", "the newcomer's message");
  // What was said before is not for newcomers.
  const history = (await cat.call("GET", `/conversations/${id}/messages`)).body;
  assert.equal(Number(history.messages?.[0]?.seq), 2);
});

testWithServer("a removed person's sockets hear of it, and of nothing after", async (server) => {
  const [ann, ben, cat] = await seedFriends(server);
  const id = await makeGroup(ann, [ben, cat]);
  const direct = await befriend(ben, cat);
  await using atAnn = await connectChat(server, ann);
  await using atBen = await connectChat(server, ben);
  await using atBenToo = await connectChat(server, ben);
  await using atCat = await connectChat(server, cat);
  await say(atAnn, id, "before");
  const sockets = [atBen, atBenToo];
  for (const socket of sockets) {
    await socket.find(({ message }) => String(message?.text) === "before", "what was said before");
  }
  const from = sockets.map(({ frames }) => frames.length);
  const path = `/conversations/${id}/members/${ben.id}`;
  assert.equal((await cat.call("DELETE", path)).status, 403);
  assert.equal((await ann.call("DELETE", path)).status, 204);
  assert.equal((await ann.call("DELETE", path)).status, 404);
  await say(atAnn, id, "after");
  await ann.call("PATCH", `/conversations/${id}`, { title: "Without Ben" });
  await atCat.find(({ message }) => String(message?.event?.type) === "renamed", "the last change");
  // Whatever was on its way comes before this.
  await say(atCat, direct, "are you there?");
  for (const [index, socket] of sockets.entries()) {
    await socket.find(
      ({ message }) => String(message?.text) === "are you there?",
      "the direct one",
    );
    const since = socket.frames.slice(from[index]).filter((frame) =>
      JSON.stringify(frame).includes(id)
    );
    assert.deepEqual(since, [
      { type: "conversation.removed", conversation: id, reason: "removed" },
    ]);
  }
  const refused = await say(atBen, id, "let me in");
  assert.deepEqual([refused.type, refused.code].map(String), ["error", "not-member"]);
  for (const route of ["", "/messages", "/changes", "/pins"]) {
    const { body } = await ben.call("GET", `/conversations/${id}${route}`);
    assert.equal(String(body.code), "not-member");
  }
});

testWithServer("members lets people leave, and the owner too", async (server) => {
  const [ann, ben, cat] = await seedFriends(server);
  const id = await makeGroup(ann, [ben, cat]);
  await using atAnn = await connectChat(server, ann);
  await using atBen = await connectChat(server, ben);
  await using atCat = await connectChat(server, cat);
  const promoted = await ann.call("PATCH", `/conversations/${id}/members/${cat.id}`, {
    role: "admin",
  });
  assert.equal(Member.strict().parse(promoted.body).role, "admin");
  await heard(atCat, id, "the new role", ({ role }) => String(role) === "admin");
  assert.equal((await ann.call("DELETE", `/conversations/${id}/members/${ann.id}`)).status, 204);
  const gone = await atAnn.find((frame) => isType(frame, "conversation.removed"), "the end");
  assert.deepEqual(gone, { type: "conversation.removed", conversation: id, reason: "left" });
  await heard(atCat, id, "the crown", ({ role }) => String(role) === "owner");
  await heardEvent(atBen, id, "left");
  const { message } = await atBen.find(
    ({ message }) => String(message?.event?.role) === "owner",
    "the new owner",
  );
  assert.deepEqual(message?.event, { type: "role", by: ann.id, users: [cat.id], role: "owner" });
  const shown = (await cat.call("GET", `/conversations/${id}`)).body;
  assert.deepEqual([String(shown.role), Number(shown.memberCount)], ["owner", 2]);
});

testWithServer("members silences until a time, and not by one that is over", async (server) => {
  const [ann, ben] = await seedFriends(server);
  const id = await makeGroup(ann, [ben]);
  const path = `/conversations/${id}/members/${ben.id}`;
  const silence = (silencedUntil: unknown) => ann.call("PATCH", path, { silencedUntil });
  for (const time of ["1970-01-01T00:00:00.000Z", "2001-01-01T00:00:00.000Z"]) {
    const { status, body } = await silence(time);
    assert.deepEqual([status, body.silencedUntil], [200, null]);
  }
  for (const time of ["tomorrow", "2999-01-01T00:00:00Z", "0000-01-01T00:00:00.000Z", 4]) {
    assert.equal((await silence(time)).status, 422);
  }
  for (const time of ["2999-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z"]) {
    assert.equal(String((await silence(time)).body.silencedUntil), time);
  }
  assert.equal((await silence(null)).body.silencedUntil, null);
  const { messages } = (await ben.call("GET", `/conversations/${id}/messages`)).body;
  assert.equal(messages?.length, 4);
});

testWithServer("what changes groups is not for two people's conversations", async (server) => {
  const [ann, ben] = await seedFriends(server);
  const id = String((await ann.call("GET", "/contacts")).body.contacts?.[0]?.conversation);
  const requests = [
    ["PATCH", "", { title: "Us" }],
    ["POST", "/members", { users: [ben.id] }],
    ["PATCH", `/members/${ben.id}`, { role: "admin" }],
    ["DELETE", `/members/${ann.id}`],
    ["POST", "/invites", {}],
    ["DELETE", "/invites"],
  ] as const;
  for (const [method, path, body] of requests) {
    const answer = await ann.call(method, `/conversations/${id}${path}`, body);
    assert.deepEqual([answer.status, String(answer.body.code)], [403, "forbidden"], method + path);
  }
  assert.deepEqual((await ann.call("GET", `/conversations/${id}/pins`)).body, { messages: [] });
});

testWithServer(
  "strangers and ex-members cannot tell a group from one that does not exist",
  async (server) => {
    const [ann, ben, cat] = await seedFriends(server);
    const stranger = await signUp(server);
    await befriend(stranger, cat);
    await befriend(ann, stranger);
    const id = await makeGroup(ann, [ben]);
    const left = await makeGroup(ann, [ben, stranger]);
    await ann.call("DELETE", `/conversations/${left}/members/${stranger.id}`);
    const requests = [
      ["GET", ""],
      ["GET", "/pins"],
      ["PATCH", "", { title: "Mine" }],
      ["PATCH", "", {}],
      ["POST", "/members", { users: [stranger.id] }],
      ["POST", "/members", { users: [ben.id, cat.id] }],
      ["PATCH", `/members/${ben.id}`, { role: "admin" }],
      ["PATCH", `/members/${ben.id}`, { silencedUntil: null }],
      ["PATCH", `/members/${ben.id}`, {}],
      ["DELETE", `/members/${ben.id}`],
      ["DELETE", `/members/${stranger.id}`],
      ["POST", "/invites", { maxUses: 1 }],
      ["DELETE", "/invites"],
    ] as const;
    for (const [method, path, body] of requests) {
      for (const group of [id, left]) {
        const there = await stranger.call(method, `/conversations/${group}${path}`, body);
        const nowhere = await stranger.call(method, `/conversations/${newId()}${path}`, body);
        assert.deepEqual(
          [there.status, String(there.body.code)],
          [404, "not-member"],
          method + path,
        );
        assert.deepEqual([there.status, there.body], [nowhere.status, nowhere.body], method + path);
      }
    }
  },
);
