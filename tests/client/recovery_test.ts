/** How the whole client finds its way back, over a server that the tests play. */
import assert from "node:assert/strict";
import { conversationOf, createFakeServer, headOf, ME } from "../support/fake_server.ts";
import { reconnect, signedIn, turns } from "../support/fake_sign_in.ts";

Deno.test("Client asks for the list again when it could not be had", async () => {
  const server = createFakeServer();
  server.conversations = undefined;
  const { client, timers } = await signedIn(server);
  server.ready([]);
  await turns();
  assert.deepEqual(client.conversations.list(), []);
  server.conversations = [conversationOf("room")];
  await timers.pass(2_000);
  await turns();
  assert.equal(client.conversations.list().length, 1);
  client.close();
});

Deno.test("Client knows the server's time, whatever its own clock says", async () => {
  const server = createFakeServer();
  const { client, timers } = await signedIn(server);
  assert.equal(client.clock.now(), timers.now());
  server.ready([]);
  await timers.pass(1_500);
  assert.equal(new Date(client.clock.now()).toISOString(), "2026-01-01T00:00:01.500Z");
  client.close();
});

Deno.test("Client asks for a list that cannot be had no more often when more is said that is in it", async () => {
  const server = createFakeServer();
  server.conversations = undefined;
  const { client, timers } = await signedIn(server);
  server.ready([]);
  await turns();
  const lists = () => server.asked.filter((path) => path === "/conversations").length;
  assert.equal(lists(), 1);
  const count = 1_000;
  for (let seq = 1; seq <= count; seq++) {
    server.tell({
      type: "message",
      message: {
        ...{ id: `m${seq}`, clientId: `k${seq}`, conversation: "room", seq, rev: seq },
        ...{ sender: "ben", kind: "text", text: `${seq}`, at: "2026-01-01T00:00:00.000Z" },
      },
    });
  }
  await turns();
  assert.equal(lists(), 1);
  // The list is as it was before most of it was said.
  server.handle = ({ type }) => type === "conversation.sync" ? {} : undefined;
  server.conversations = [conversationOf("room", { seq: 900, rev: 900, unread: 900 })];
  await timers.pass(1_000);
  await turns();
  assert.equal(lists(), 2);
  const view = client.conversations.get("room");
  assert.deepEqual([view?.lastMessage?.seq, view?.unread], [count, count]);
  // Of what is not theirs no more than one list for what was under way, and one for the rest.
  server.conversations = [];
  const asked = lists();
  for (let rev = 1; rev <= 50; rev++) server.tell({ type: "advance", conversation: "gone", rev });
  await turns();
  assert.equal(lists() - asked, 2);
  client.close();
});

Deno.test("Client asks for its contacts once more when they change while they are on their way", async () => {
  const server = createFakeServer();
  const { client, timers } = await signedIn(server);
  server.ready([]);
  await turns();
  const lists = () => server.asked.filter((path) => path === "/contacts").length;
  const asked = lists();
  for (let n = 0; n < 20; n++) {
    server.tell({ type: "contact", event: "changed", user: `user-${n}` });
  }
  await turns();
  assert.equal(lists() - asked, 2);
  // What could not be had after one's own doing is asked for again, but not at once.
  server.answer = ({ method, path }) => {
    if (method === "PUT") return {};
    if (path !== "/contacts") return undefined;
    throw new Error("refused");
  };
  const blocked = client.contacts.block("ben");
  await turns();
  assert.equal(lists() - asked, 3);
  await timers.pass(1_000);
  await blocked;
  assert.ok(lists() - asked > 3);
  client.close();
});

Deno.test("Client loads an open thread anew when it comes back more than 1,000 behind", async () => {
  const server = createFakeServer();
  const room = conversationOf("room", { seq: 1, rev: 1 });
  server.conversations = [room];
  server.handle = ({ type }) =>
    type === "conversation.history" ? { messages: [], more: false } : {};
  const { client, timers } = await signedIn(server);
  server.ready([headOf(room)]);
  await turns();
  await client.thread.open("room");
  await reconnect(server, timers);
  server.ready([headOf(conversationOf("room", { seq: 5_000, rev: 5_000 }))]);
  await turns();
  assert.ok(server.frames.some(({ type }) => type === "conversation.history"));
  assert.ok(!server.frames.some(({ type }) => type === "conversation.sync"));
  assert.equal(client.thread.view("room").loaded, true);
  client.close();
});

Deno.test("Client forgets what it counted in another history", async () => {
  const server = createFakeServer();
  const before = conversationOf("room", { seq: 100, rev: 100, readSeq: 100 });
  server.conversations = [before];
  const { client, timers } = await signedIn(server);
  server.ready([headOf(before)]);
  await turns();
  assert.equal(client.conversations.get("room")?.unread, 0);
  // Restored from a backup in which half of it had not been said.
  const restored = conversationOf("room", { seq: 50, rev: 50, readSeq: 40, unread: 10 });
  server.conversations = [restored];
  server.epoch = "e2";
  await reconnect(server, timers);
  server.ready([headOf(restored)]);
  await turns();
  const view = client.conversations.get("room");
  assert.equal(view?.unread, 10);
  assert.equal(view?.info.readSeq, 40);
  client.close();
});

Deno.test("Client catches up with many conversations a few at a time, and waits when it is asked to", async () => {
  const server = createFakeServer();
  const rooms = Array.from(
    { length: 60 },
    (_, n) => conversationOf(`room-${n}`, { seq: 1, rev: 1 }),
  );
  server.conversations = rooms;
  const { client, timers } = await signedIn(server);
  server.ready(rooms.map(headOf));
  server.handle = ({ type }) =>
    type === "conversation.history" ? { messages: [], more: false } : {};
  await turns();
  // Nothing is caught up with but what is looked at.
  await Promise.all(rooms.map(({ id }) => client.thread.open(id)));
  server.handle = () => undefined;
  await reconnect(server, timers);
  server.ready(rooms.map((room) => headOf({ ...room, seq: 2, rev: 2 })));
  await turns();
  const syncs = () => server.frames.filter(({ type }) => type === "conversation.sync");
  assert.equal(syncs().length, 4);
  const [first] = syncs();
  server.tell({
    type: "error",
    ref: first?.ref,
    code: "rate-limited",
    message: "slow",
    retryAfter: 2,
  });
  await timers.pass(1_900);
  assert.equal(syncs().length, 4);
  await timers.pass(200);
  assert.equal(syncs().length, 5);
  assert.equal(syncs()[4]?.conversation, first?.conversation);
  // From here on the server answers.
  server.handle = ({ type }) =>
    type === "conversation.sync" ? { messages: [], seq: 2, rev: 2, more: false } : {};
  for (const { ref } of syncs().slice(1)) {
    server.tell({ type: "ok", ref, messages: [], seq: 2, rev: 2, more: false });
  }
  await turns();
  assert.equal(new Set(syncs().map(({ conversation }) => conversation)).size, 60);
  client.close();
});

Deno.test("Client catches up with what is looked at before it tells what 300 rows have received", async () => {
  const server = createFakeServer();
  const rooms = Array.from(
    { length: 301 },
    (_, n) => conversationOf(`room-${n}`, { seq: 1, rev: 1 }),
  );
  server.conversations = rooms;
  server.handle = ({ type }) =>
    type === "conversation.history" ? { messages: [], more: false } : {};
  const { client, timers } = await signedIn(server);
  server.ready(rooms.map(headOf));
  await turns();
  await client.thread.open("room-300");
  // Every row has something new, and nobody answers.
  server.handle = () => undefined;
  server.conversations = rooms.map((room) => ({ ...room, unread: 1 }));
  server.tell({ type: "resync" });
  await turns();
  await timers.pass(1_000);
  const sent = () => server.frames.filter(({ type }) => type.startsWith("receipt."));
  const [first] = sent();
  assert.deepEqual([sent().length, first?.type], [1, "receipt.delivered"]);
  server.tell({ type: "head", conversation: "room-300", seq: 2, rev: 2, readSeq: 0 });
  await turns();
  assert.equal(server.frames.at(-1)?.type, "conversation.sync");
  // What was read goes before what was only received.
  client.thread.markRead("room-300", 1);
  await timers.pass(1_000);
  server.tell({ type: "ok", ref: first?.ref });
  await turns();
  assert.deepEqual(sent().map(({ type }) => type), ["receipt.delivered", "receipt.read"]);
  client.close();
});

Deno.test("Client stops everything when it is closed, also what waits for its turn", async () => {
  const server = createFakeServer();
  server.conversations = undefined;
  const { client, timers } = await signedIn(server);
  server.ready([]);
  await turns();
  client.close();
  const asked = server.asked.length;
  const sent = server.frames.length;
  await timers.pass(120_000);
  await turns();
  assert.equal(server.asked.length, asked);
  assert.equal(server.frames.length, sent);
});

Deno.test("Client keeps what it was told of a conversation whose list comes later and is older", async () => {
  const server = createFakeServer();
  server.conversations = undefined;
  const said = { seq: 1, rev: 1, id: "m1", at: "2026-01-01T00:00:00.000Z" };
  server.handle = ({ type }) => {
    if (type === "message.send") return { ...said, duplicate: false };
    return type === "conversation.sync" ? { messages: [], seq: 7, rev: 7, more: false } : {};
  };
  const { client, timers } = await signedIn(server);
  server.ready([]);
  await turns();
  await client.thread.send("room", "hello");
  await turns();
  assert.deepEqual(client.thread.view("room").pending, []);
  server.tell({ type: "head", conversation: "other", seq: 7, rev: 7, readSeq: 0 });
  server.conversations = [conversationOf("room"), conversationOf("other")];
  await timers.pass(2_000);
  await turns();
  assert.equal(client.conversations.get("room")?.lastMessage?.text, "hello");
  const synced = server.frames.find(({ type }) => type === "conversation.sync");
  assert.equal(synced?.conversation, "other");
  client.close();
});

Deno.test("Client counts what is unread anew after an answer that is older than a receipt", async () => {
  const server = createFakeServer();
  const before = conversationOf("room", { seq: 13, rev: 13, unread: 2 });
  const after = { ...before, readSeq: 8, unread: 1 };
  server.conversations = [before];
  const { client, timers } = await signedIn(server);
  server.ready([headOf(before)]);
  await turns();
  server.conversations = [after];
  server.tell({ type: "receipt", conversation: "room", user: ME.id, readSeq: 8, deliveredSeq: 13 });
  await turns();
  assert.equal(client.conversations.get("room")?.unread, 1);
  // A list that was read before the receipt comes after it, and the server is away just then.
  server.conversations = undefined;
  server.tell({ type: "conversation", conversation: before });
  await turns();
  assert.equal(client.conversations.get("room")?.unread, 2);
  server.conversations = [after];
  await timers.pass(1_000);
  await turns();
  assert.equal(client.conversations.get("room")?.unread, 1);
  client.close();
});

Deno.test("Client lets go of what it heard and asked of another history", async () => {
  const server = createFakeServer();
  server.conversations = undefined;
  server.handle = ({ type }) =>
    type === "message.send"
      ? { seq: 1, rev: 1, id: "old", at: "2026-01-01T00:00:00.000Z", duplicate: false }
      : { messages: [], seq: 0, rev: 0, more: false };
  const { client, timers } = await signedIn(server);
  server.ready([]);
  await turns();
  // Stored in a history of which the list never came.
  await client.thread.send("room", "from before");
  await turns();
  await reconnect(server, timers);
  server.epoch = "e2";
  server.conversations = [conversationOf("room")];
  server.ready([headOf(conversationOf("room"))]);
  await turns();
  assert.equal(client.conversations.get("room")?.lastMessage, null);
  client.close();
});
