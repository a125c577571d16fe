/** A person comes back after a month: what the client asks for, over a server that the tests play. */
import assert from "node:assert/strict";
import type { Conversation, Message } from "../../lib/protocol/model.ts";
import { conversationOf, createFakeServer, headOf } from "../support/fake_server.ts";
import { reconnect, signedIn, turns } from "../support/fake_sign_in.ts";

const COUNT = 2_000;
/** Messages of each conversation: 100,000 in all. */
const SAID = 50;

function messageOf(conversation: string, seq: number, minute: number): Message {
  return {
    ...{ conversation, seq, rev: seq, kind: "text", text: `message ${seq}`, sender: "ben" },
    ...{ id: `${conversation}-${seq}`, clientId: `${conversation}-${seq}` },
    at: new Date(Date.UTC(2026, 1, 1) + minute * 60_000).toISOString(),
  };
}

/** @param month whether the month has passed */
function rooms(month: boolean): Conversation[] {
  return Array.from({ length: COUNT }, (_, n) => {
    const seq = month ? 10 + SAID : 10;
    const id = `room-${n}`;
    return conversationOf(id, {
      // One of the new ones was read on another device.
      ...{ seq, rev: seq, readSeq: month ? 11 : 10, unread: month ? SAID - 1 : 0 },
      mentions: month && n % 100 === 0 ? 1 : 0,
      // The order is another one afterwards.
      lastMessage: messageOf(id, seq, month ? COUNT - n : n - COUNT),
      memberCount: n % 2 === 0 ? 2 : 500,
    });
  });
}

Deno.test("Client comes back to 2,000 conversations with 100,000 new messages and asks for two lists", async () => {
  const server = createFakeServer();
  const logs = () => server.frames.filter(({ type }) => type.startsWith("conversation."));
  let month = false;
  server.conversations = rooms(month);
  server.handle = ({ type, conversation }) => {
    const [, number] = String(conversation).split("-");
    const messages = Array.from(
      { length: SAID },
      (_, n) => messageOf(String(conversation), 11 + n, COUNT - Number(number)),
    );
    if (type === "conversation.sync") return { messages, seq: 60, rev: 60, more: false };
    return type === "conversation.history" ? { messages: month ? messages : [], more: month } : {};
  };
  const { client, timers } = await signedIn(server);
  server.ready(server.conversations.map(headOf));
  await turns();
  assert.equal(client.conversations.list()[0]?.info.id, `room-${COUNT - 1}`);
  await client.thread.open("room-7");
  await client.thread.open("room-8");
  client.thread.close("room-8");

  await reconnect(server, timers);
  server.asked.length = 0;
  month = true;
  let changes = 0;
  let rows = 0;
  client.on("conversations", () => {
    changes++;
    rows += client.conversations.list().length;
  });
  server.conversations = rooms(month);
  server.ready(server.conversations.map(headOf));
  await turns();

  // Whoever shows the list goes through all of it each time that it changes.
  assert.ok(changes <= 10, `the list changed ${changes} times, ${rows} rows were made for it`);
  // Of the one that is looked at, and of no other, what is missing is asked for.
  assert.deepEqual(logs().map(({ type, conversation }) => [type, conversation]), [
    ["conversation.sync", "room-7"],
  ]);
  assert.deepEqual([...server.asked].sort(), ["/contacts", "/conversations"]);
  const list = client.conversations.list();
  assert.deepEqual(
    list.map(({ info }) => info.id),
    Array.from({ length: COUNT }, (_, n) => `room-${n}`),
  );
  assert.equal(list.reduce((sum, { unread }) => sum + unread, 0), COUNT * (SAID - 1));
  assert.equal(list.reduce((sum, { mentions }) => sum + mentions, 0), COUNT / 100);
  assert.equal(list[9]?.lastMessage?.seq, 10 + SAID);

  // What the list has shown was received, as far as others are told.
  await timers.pass(1_000);
  await turns();
  const received = server.frames.filter(({ type }) => type === "receipt.delivered");
  const told = new Set(received.map(({ conversation }) => conversation));
  assert.deepEqual([received.length, told.size], [COUNT / 2, COUNT / 2]);
  assert.ok(received.every(({ seq }) => seq === 10 + SAID));

  // A message that comes now is counted on top, and costs nothing either.
  server.tell({ type: "message", message: messageOf("room-1999", 61, 2 * COUNT) });
  assert.equal(client.conversations.list()[0]?.info.id, "room-1999");
  assert.equal(client.conversations.get("room-1999")?.unread, SAID);

  await client.thread.open("room-8");
  assert.equal(client.thread.view("room-8").messages.length, SAID);
  assert.deepEqual(
    logs().slice(1).map(({ type, conversation }) => [type, conversation]),
    [["conversation.history", "room-8"]],
  );
  assert.deepEqual(server.asked.slice(2), ["/conversations/room-8"]);
  client.close();
});
