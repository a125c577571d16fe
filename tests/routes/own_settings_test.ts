import assert from "node:assert/strict";
import { newId } from "../../lib/ids.ts";
import { Conversation, OwnSettings } from "../../lib/protocol/model.ts";
import { moveReceipts } from "../../lib/sql/receipts.ts";
import {
  befriend,
  type Body,
  type Person,
  signUp,
  type TestServer,
} from "../support/api_server.ts";
import { type ChatClient, connectChat, isType } from "../support/chat_client.ts";
import { testWithServer } from "../support/shared_server.ts";

const DEFAULTS = { mutedUntil: null, pinned: false, hidden: false, markedUnread: false, draft: "" };

async function settingsOf(person: Person, id: string): Promise<OwnSettings> {
  const { body } = await person.call("GET", `/conversations/${id}`);
  return OwnSettings.parse(body);
}

function say(chat: ChatClient, conversation: string, text: string): Promise<Body> {
  const clientId = newId();
  return chat.ask<"message.send">({
    type: "message.send",
    conversation,
    clientId,
    kind: "text",
    text,
  });
}

async function readTo({ database }: TestServer, { id }: Person, room: string, seq: number) {
  const move = { user: id, conversation: room, readSeq: seq, deliveredSeq: 0 };
  await moveReceipts(database.sql, [move]);
}

testWithServer("ownSettings keeps what was chosen, for oneself alone", async (server) => {
  const [ann, ben] = [await signUp(server), await signUp(server)];
  const id = await befriend(ann, ben);
  assert.deepEqual(await settingsOf(ann, id), DEFAULTS);
  const chosen = {
    mutedUntil: "9999-12-31T23:59:59.999Z",
    pinned: true,
    hidden: true,
    markedUnread: true,
    draft: "half a sentence 👋",
  };
  const changed = await ann.call("PATCH", `/conversations/${id}/me`, chosen);
  assert.deepEqual([changed.status, changed.body], [200, chosen]);
  assert.deepEqual(await settingsOf(ann, id), chosen);
  assert.deepEqual(await settingsOf(ben, id), DEFAULTS);
  // What is not named stays.
  const one = await ann.call("PATCH", `/conversations/${id}/me`, { mutedUntil: null });
  assert.deepEqual(one.body, { ...chosen, mutedUntil: null });
  const none = await ann.call("PATCH", `/conversations/${id}/me`, {});
  assert.deepEqual(none.body, one.body);
  const back = await ann.call("PATCH", `/conversations/${id}/me`, DEFAULTS);
  assert.deepEqual(back.body, DEFAULTS);
});

testWithServer("ownSettings tells all of one's own devices, and changes no log", async (server) => {
  const [ann, ben] = [await signUp(server), await signUp(server)];
  const id = await befriend(ann, ben);
  await using phone = await connectChat(server, ann);
  await using desk = await connectChat(server, ann);
  await using atBen = await connectChat(server, ben);
  const version = async () => {
    const [row] = await server.database.sql<{ seq: number; rev: number; membersRev: number }[]>`
      select seq, rev, members_rev from conversations where id = ${id}`;
    assert.ok(row);
    return row;
  };
  const before = await version();
  await ann.call("PATCH", `/conversations/${id}/me`, {});
  await ann.call("PATCH", `/conversations/${id}/me`, { draft: "to be" });
  for (const device of [phone, desk]) {
    const told = await device.find((frame) => isType(frame, "conversation"), "the settings");
    const conversation = Conversation.strict().parse(told.conversation);
    assert.deepEqual([conversation.id, conversation.draft], [id, "to be"]);
  }
  // What comes after it has arrived: so would have it.
  await say(atBen, id, "hello");
  await say(phone, id, "hello yourself");
  await atBen.find((frame) => String(frame.message?.text) === "hello yourself", "the answer");
  assert.equal(atBen.frames.filter((frame) => isType(frame, "conversation")).length, 0);
  // The two messages, and nothing else.
  assert.deepEqual(await version(), { ...before, seq: before.seq + 2, rev: before.rev + 2 });
});

testWithServer("ownSettings hides a conversation until the next message", async (server) => {
  const [ann, ben] = [await signUp(server), await signUp(server)];
  const id = await befriend(ann, ben);
  await using atBen = await connectChat(server, ben);
  await say(atBen, id, "one");
  await ann.call("PATCH", `/conversations/${id}/me`, { hidden: true });
  await ann.call("PATCH", `/conversations/${id}/me`, { draft: "?" });
  await server.database.sql`update conversations set rev = rev + 1 where id = ${id}`;
  await readTo(server, ann, id, 1);
  assert.equal((await settingsOf(ann, id)).hidden, true);
  await say(atBen, id, "two");
  assert.equal((await settingsOf(ann, id)).hidden, false);
  await ann.call("PATCH", `/conversations/${id}/me`, { hidden: true });
  assert.equal((await settingsOf(ann, id)).hidden, true);
});

testWithServer("ownSettings marks as unread until the read position moves", async (server) => {
  const [ann, ben] = [await signUp(server), await signUp(server)];
  const id = await befriend(ann, ben);
  await using atBen = await connectChat(server, ben);
  const read = (seq: number) => readTo(server, ann, id, seq);
  await say(atBen, id, "one");
  await read(1);
  await ann.call("PATCH", `/conversations/${id}/me`, { markedUnread: true });
  await read(1);
  await say(atBen, id, "two");
  assert.equal((await settingsOf(ann, id)).markedUnread, true);
  await read(2);
  assert.equal((await settingsOf(ann, id)).markedUnread, false);
});

testWithServer("ownSettings of a conversation of others are those of none", async (server) => {
  const [ann, ben, cat] = [await signUp(server), await signUp(server), await signUp(server)];
  const id = await befriend(ann, ben);
  const hidden = await cat.call("PATCH", `/conversations/${id}/me`, { pinned: true });
  const missing = await cat.call("PATCH", `/conversations/${newId()}/me`, { pinned: true });
  assert.deepEqual([hidden.status, String(hidden.body.code)], [404, "not-member"]);
  assert.deepEqual(hidden.body, missing.body);
});

testWithServer("ownSettings refuses what it cannot keep", async (server) => {
  const [ann, ben] = [await signUp(server), await signUp(server)];
  const id = await befriend(ann, ben);
  const refused = [
    { mutedUntil: "tomorrow" },
    { mutedUntil: "0000-01-01T00:00:00.000Z" },
    { draft: "x".repeat(8_001) },
    { draft: "\0" },
    { pinned: null },
    { role: "owner" },
  ];
  for (const body of refused) {
    const { status } = await ann.call("PATCH", `/conversations/${id}/me`, body);
    assert.equal(status, 422, JSON.stringify(body).slice(0, 60));
  }
  assert.deepEqual(await settingsOf(ann, id), DEFAULTS);
});
