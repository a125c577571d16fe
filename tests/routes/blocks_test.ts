import assert from "node:assert/strict";
import { newId } from "../../lib/ids.ts";
import { ContactLists } from "../../lib/protocol/model.ts";
import { type ChatClient, connectChat, isType } from "../support/chat_client.ts";
import { befriend, type Body, type Person, signUp } from "../support/api_server.ts";
import { eventually } from "../support/deadline.ts";
import { testWithServer } from "../support/shared_server.ts";

function say(chat: ChatClient, conversation: string): Promise<Body> {
  return chat.ask<"message.send">({
    ...{ type: "message.send", conversation, clientId: newId(), kind: "text", text: "hello" },
  });
}

/** What an answer says, without what it has of the question. */
function refusal({ code, message, detail }: Body): unknown[] {
  return [code, message ?? detail];
}

async function listsOf(person: Person): Promise<ContactLists> {
  return ContactLists.parse((await person.call("GET", "/contacts")).body);
}

async function countsOf(person: Person): Promise<number[]> {
  const { contacts, incoming, outgoing, blocked } = await listsOf(person);
  return [contacts, incoming, outgoing, blocked].map((list) => list.length);
}

async function relation(from: Person, to: Person): Promise<string> {
  return String((await from.call("GET", `/users/${to.id}`)).body.relation);
}

function changes(chat: ChatClient): string[] {
  return chat.frames.filter((frame) => isType(frame, "contact")).map(({ change }) =>
    String(change)
  );
}

testWithServer(
  "blocks closes the conversation for both, and lifting it opens it",
  async (server) => {
    const [ann, ben] = [await signUp(server), await signUp(server)];
    const room = await befriend(ann, ben);
    await ann.call("PATCH", `/contacts/${ben.id}`, { alias: "Benny" });
    await using atAnn = await connectChat(server, ann);
    await using atBen = await connectChat(server, ben);
    assert.ok(isType(await say(atBen, room), "ok"));
    const stateOfAnn = async () => (await listsOf(ben)).contacts[0]?.presence.state;
    await eventually(async () => await stateOfAnn() === "online", "that Ann is there");

    assert.equal((await ann.call("PUT", `/blocks/${ben.id}`)).status, 204);
    assert.equal((await ann.call("PUT", `/blocks/${ben.id}`)).status, 204);
    const words = [
      "not-contact",
      "not delivered: you can write only to people who are your contacts",
    ];
    for (const chat of [atAnn, atBen]) assert.deepEqual(refusal(await say(chat, room)), words);
    const lists = await listsOf(ann);
    assert.deepEqual([lists.contacts, lists.blocked.map(({ id }) => id)], [[], [ben.id]]);
    assert.deepEqual([await relation(ann, ben), await relation(ben, ann)], ["blocked", "contact"]);
    assert.deepEqual(await countsOf(ben), [1, 0, 0, 0]);
    // As if she had gone: nobody else in the list is unknown.
    assert.equal(await stateOfAnn(), "offline");
    assert.equal((await ann.call("PATCH", `/contacts/${ben.id}`, { alias: "x" })).status, 404);
    // It is in the list of either all the same.
    for (const [one, other] of [[ann, ben], [ben, ann]] as const) {
      const opened = await one.call("POST", "/conversations", { kind: "direct", user: other.id });
      assert.deepEqual([opened.status, String(opened.body.id)], [200, room]);
    }

    assert.equal((await ann.call("DELETE", `/blocks/${ben.id}`)).status, 204);
    assert.equal((await ann.call("DELETE", `/blocks/${ben.id}`)).status, 204);
    for (const chat of [atAnn, atBen]) assert.ok(isType(await say(chat, room), "ok"));
    const [back] = (await listsOf(ann)).contacts;
    assert.deepEqual([back?.user.id, back?.alias], [ben.id, "Benny"]);
    assert.deepEqual(changes(atAnn), ["removed", "removed", "accepted", "accepted"]);
    assert.deepEqual(changes(atBen), []);
  },
);

testWithServer(
  "blocks refuses requests of whom one blocks, in the words for a stranger",
  async (server) => {
    const [ann, ben, cat] = [await signUp(server), await signUp(server), await signUp(server)];
    const early = await ben.call("POST", "/contact-requests", { user: ann.id });
    assert.deepEqual(await countsOf(ann), [0, 1, 0, 0]);
    await ann.call("PUT", `/blocks/${ben.id}`);
    // The request is out of sight, and out of reach.
    assert.deepEqual([await countsOf(ann), await countsOf(ben)], [[0, 0, 0, 1], [0, 0, 1, 0]]);
    for (const answer of ["accept", "decline"]) {
      const path = `/contact-requests/${early.body.id}/${answer}`;
      assert.equal((await ann.call("POST", path, {})).status, 404);
    }
    const late = await ben.call("POST", "/contact-requests", { user: ann.id });
    const stranger = await cat.call("POST", "/conversations", { kind: "direct", user: ann.id });
    const blocked = await ben.call("POST", "/conversations", { kind: "direct", user: ann.id });
    assert.deepEqual([late.status, late.body], [403, stranger.body]);
    assert.deepEqual(blocked.body, stranger.body);
    const own = await ann.call("POST", "/contact-requests", { user: ben.id });
    assert.deepEqual([own.status, String(own.body.code)], [409, "conflict"]);
    assert.match(String(own.body.detail), /unblock/);

    await ann.call("DELETE", `/blocks/${ben.id}`);
    assert.deepEqual(await countsOf(ann), [0, 1, 0, 0]);
    const accepted = await ann.call("POST", `/contact-requests/${early.body.id}/accept`, {});
    assert.equal(accepted.status, 200);
  },
);

testWithServer(
  "blocks does not let who was asked accept what the other has thought better of",
  async (server) => {
    const [ann, ben] = [await signUp(server), await signUp(server)];
    const asked = await ann.call("POST", "/contact-requests", { user: ben.id });
    await ann.call("PUT", `/blocks/${ben.id}`);
    const { status, body } = await ben.call(
      "POST",
      `/contact-requests/${asked.body.id}/accept`,
      {},
    );
    assert.deepEqual([status, String(body.code)], [403, "not-contact"]);
    assert.deepEqual(await countsOf(ann), [0, 0, 0, 1]);
  },
);

testWithServer("blocks keeps the blocker from hearing what the other does", async (server) => {
  const people = [await signUp(server), await signUp(server), await signUp(server)];
  const [asker, asked, friend] = people;
  assert.ok(asker && asked && friend);
  const ann = await signUp(server);
  const open = await asker.call("POST", "/contact-requests", { user: ann.id, greeting: "Ring!" });
  const own = await ann.call("POST", "/contact-requests", { user: asked.id });
  await befriend(ann, friend);
  for (const { id } of people) await ann.call("PUT", `/blocks/${id}`);
  await using atAnn = await connectChat(server, ann);
  const statuses = [
    await asker.call("DELETE", `/contact-requests/${open.body.id}`),
    await asked.call("POST", `/contact-requests/${own.body.id}/decline`),
    await friend.call("DELETE", `/contacts/${ann.id}`),
  ].map(({ status }) => status);
  assert.deepEqual(statuses, [204, 204, 204]);
  // What is told after it on the same way comes, so the rest would have come before it.
  const cat = await signUp(server);
  await cat.call("POST", "/contact-requests", { user: ann.id });
  await atAnn.find((frame) => isType(frame, "contact"), "a request");
  assert.deepEqual(
    atAnn.frames.filter((frame) => isType(frame, "contact")).map(({ user }) => user?.id).map(
      String,
    ),
    [cat.id],
  );
});

testWithServer("blocks refuses oneself and people who do not exist", async (server) => {
  const ann = await signUp(server);
  for (const method of ["PUT", "DELETE"]) {
    assert.equal((await ann.call(method, `/blocks/${ann.id}`)).status, 409);
    assert.equal((await ann.call(method, `/blocks/${newId()}`)).status, 404);
    assert.equal((await ann.call(method, "/blocks/nobody")).status, 404);
  }
});

testWithServer(
  "contacts removes both ways, keeps the history, and lets them meet again",
  async (server) => {
    const [ann, ben, cat] = [await signUp(server), await signUp(server), await signUp(server)];
    const room = await befriend(ann, ben);
    await using atAnn = await connectChat(server, ann);
    await using atBen = await connectChat(server, ben);
    await say(atAnn, room);
    assert.equal((await ann.call("DELETE", `/contacts/${ben.id}`)).status, 204);
    for (const [chat, other] of [[atAnn, ben], [atBen, ann]] as const) {
      const told = await chat.find((frame) => isType(frame, "contact"), "the removal");
      assert.deepEqual([told.change, told.user?.id].map(String), ["removed", other.id]);
      assert.deepEqual(refusal(await say(chat, room))[0], "not-contact");
    }
    assert.deepEqual([await countsOf(ann), await countsOf(ben)], [[0, 0, 0, 0], [0, 0, 0, 0]]);
    assert.equal((await ben.call("DELETE", `/contacts/${ann.id}`)).status, 404);
    assert.equal((await ann.call("DELETE", `/contacts/${cat.id}`)).status, 404);
    const kept = await ben.call("GET", `/conversations/${room}/messages`);
    assert.equal(kept.body.messages?.length, 2);

    assert.equal(await befriend(ben, ann), room);
    assert.ok(isType(await say(atAnn, room), "ok"));
    const { messages } = (await ben.call("GET", `/conversations/${room}/messages`)).body;
    const said = [0, 1, 2, 3].map((n) => [messages?.[n]?.seq, messages?.[n]?.event?.type]);
    assert.deepEqual(said, [[1, "contact"], [2, undefined], [3, "contact"], [4, undefined]]);
    const live = await atBen.find(
      ({ message }) => Number(message?.seq) === 3,
      "the news in the log",
    );
    assert.deepEqual(live.message, messages?.[2]);
    assert.equal(String(live.message?.event?.by), ann.id);
  },
);

testWithServer("contacts names a contact for oneself alone", async (server) => {
  const [ann, ben, cat] = [await signUp(server), await signUp(server), await signUp(server)];
  await befriend(ann, ben);
  await using elsewhere = await connectChat(server, ann);
  const named = await ann.call("PATCH", `/contacts/${ben.id}`, { alias: "Benny 👋" });
  assert.deepEqual([named.status, String(named.body.alias)], [200, "Benny 👋"]);
  await elsewhere.find((frame) => isType(frame, "contact"), "the news on another device");
  assert.deepEqual(named.body, (await ann.call("GET", "/contacts")).body.contacts?.[0]);
  assert.equal((await listsOf(ben)).contacts[0]?.alias, "");
  assert.equal((await ann.call("PATCH", `/contacts/${cat.id}`, { alias: "x" })).status, 404);
  assert.equal((await ann.call("PATCH", `/contacts/${ben.id}`, {})).status, 422);
});

testWithServer("contactRequests takes back one's own, once, and nobody else's", async (server) => {
  const [ann, ben] = [await signUp(server), await signUp(server)];
  const { body } = await ann.call("POST", "/contact-requests", { user: ben.id });
  await using atBen = await connectChat(server, ben);
  const path = `/contact-requests/${body.id}`;
  assert.equal((await ben.call("DELETE", path)).status, 404);
  assert.equal((await ann.call("DELETE", path)).status, 204);
  assert.equal((await ann.call("DELETE", path)).status, 404);
  const told = await atBen.find((frame) => isType(frame, "contact"), "the withdrawal");
  assert.deepEqual([told.change, told.user?.id, told.request?.id].map(String), [
    "removed",
    ann.id,
    String(body.id),
  ]);
  assert.deepEqual([await countsOf(ann), await countsOf(ben)], [[0, 0, 0, 0], [0, 0, 0, 0]]);
  assert.equal((await ben.call("POST", `${path}/accept`, {})).status, 404);
});

testWithServer("contacts says what is unread with each, and not how that began", async (server) => {
  const [ann, ben, cat] = [await signUp(server), await signUp(server), await signUp(server)];
  const room = await befriend(ann, ben);
  await befriend(ann, cat);
  await using atBen = await connectChat(server, ben);
  for (let n = 0; n < 3; n++) await say(atBen, room);
  await using atAnn = await connectChat(server, ann);
  await say(atAnn, room);
  const unread = async () =>
    new Map((await listsOf(ann)).contacts.map(({ user, unread }) => [user.id, unread]));
  assert.deepEqual(await unread(), new Map([[ben.id, 3], [cat.id, 0]]));
  await atAnn.ask<"receipt.read">({ type: "receipt.read", conversation: room, seq: 3 });
  assert.deepEqual(await unread(), new Map([[ben.id, 1], [cat.id, 0]]));
});
