/** What a client makes of what happens in conversations, over a server that the tests play. */
import assert from "node:assert/strict";
import type { Client } from "../../client/client.ts";
import type { Conversation, Message, SystemEvent } from "../../lib/protocol/model.ts";
import {
  conversationOf,
  createFakeServer,
  type FakeServer,
  headOf,
  ME,
  memberOf,
} from "../support/fake_server.ts";
import { signedIn, turns } from "../support/fake_sign_in.ts";
import type { FakeTimers } from "../support/fake_timers.ts";

const AT = "2026-02-01T00:00:00.000Z";

function said(seq: number, change: Partial<Message> = {}): Message {
  return {
    ...{ id: `m${seq}`, clientId: `k${seq}`, conversation: "room", seq, rev: seq, sender: "ben" },
    ...{ kind: "text", text: `message ${seq}`, at: AT },
    ...change,
  };
}

function happened(seq: number, event: Partial<SystemEvent>): Message {
  return said(seq, {
    ...{ kind: "system", text: "" },
    event: { type: "joined", by: "ben", ...event },
  });
}

/** Somebody who is in `room`, where 10 messages were said, and in others. */
async function inRoom(
  change: Partial<Conversation> = {},
  others: readonly Conversation[] = [],
): Promise<{ server: FakeServer; client: Client; timers: FakeTimers; room: Conversation }> {
  const server = createFakeServer();
  const room = conversationOf("room", {
    ...{ seq: 10, rev: 10, readSeq: 10, lastMessage: said(10) },
    ...change,
  });
  server.conversations = [room, ...others];
  server.handle = ({ type, conversation }) => {
    if (type !== "conversation.history") return {};
    const messages = conversation === "room"
      ? Array.from({ length: 10 }, (_, n) => said(n + 1))
      : [];
    return { messages, more: false };
  };
  const { client, timers } = await signedIn(server);
  server.ready(server.conversations.map(headOf));
  await turns();
  return { server, client, timers, room };
}

function tellMessage(server: FakeServer, message: Message): void {
  server.tell({ type: "message", message });
}

const listed = (client: Client) => client.conversations.list().map(({ info }) => info.id);

Deno.test("Client lists pinned conversations first, then by activity, and no hidden ones", async () => {
  const at = (day: number) => ({
    ...{ seq: 1, rev: 1 },
    lastMessage: said(1, { at: `2026-01-0${day}T00:00:00.000Z` }),
  });
  const { client } = await inRoom({}, [
    conversationOf("older", at(3)),
    conversationOf("pinned, old", { ...at(1), pinned: true }),
    conversationOf("hidden", { ...at(5), hidden: true }),
    conversationOf("newer", at(4)),
    conversationOf("pinned", { ...at(2), pinned: true }),
  ]);
  assert.deepEqual(listed(client), ["pinned", "pinned, old", "room", "newer", "older"]);
  assert.equal(client.conversations.get("hidden")?.info.hidden, true);
  assert.deepEqual(client.conversations.hidden().map(({ info }) => info.id), ["hidden"]);
  client.close();
});

Deno.test("Client shows a hidden conversation once something is said in it", async () => {
  const { server, client, timers, room } = await inRoom();
  const settings = { ...room, hidden: true };
  server.answer = ({ path }) => path === "/conversations/room/me" ? settings : undefined;
  await client.conversations.setHidden("room", true);
  assert.deepEqual(server.requests.at(-1), {
    ...{ method: "PATCH", path: "/conversations/room/me" },
    body: { hidden: true },
  });
  assert.deepEqual(listed(client), []);
  server.conversations = [settings];
  // What was said before does not count, nor what happens to it.
  await client.thread.open("room");
  tellMessage(server, said(3, { rev: 11, text: "edited" }));
  assert.deepEqual(listed(client), []);
  tellMessage(server, said(11, { rev: 12, sender: ME.id }));
  assert.deepEqual(listed(client), ["room"]);
  // What the server said before that.
  server.tell({ type: "conversation", conversation: { ...room, hidden: true } });
  assert.deepEqual(listed(client), ["room"]);
  // Hidden again on another device, and said in while this one was away.
  const again = { ...room, seq: 11, rev: 12, hidden: true };
  server.tell({ type: "conversation", conversation: again });
  assert.deepEqual(listed(client), []);
  server.conversations = [{ ...again, seq: 12, rev: 13, hidden: false }];
  server.tell({ type: "resync" });
  await turns();
  assert.deepEqual(listed(client), ["room"]);
  await timers.pass(0);
  client.close();
});

Deno.test("Client shows a hidden conversation when something is said before the answer comes", async () => {
  const { server, client, room } = await inRoom();
  const answers: PromiseWithResolvers<object>[] = [];
  server.answer = ({ path }) => {
    if (path !== "/conversations/room/me") return undefined;
    const answer = Promise.withResolvers<object>();
    answers.push(answer);
    return answer.promise;
  };
  const hiding = client.conversations.setHidden("room", true);
  await turns();
  tellMessage(server, said(11));
  answers[0]?.resolve({ ...room, hidden: true });
  await hiding;
  assert.deepEqual(listed(client), ["room"]);
  // Hidden by then, and something else is settled while something is said.
  server.tell({
    type: "conversation",
    conversation: { ...room, seq: 11, rev: 11, lastMessage: said(11), hidden: true },
  });
  assert.deepEqual(listed(client), []);
  const muting = client.conversations.setMuted("room", AT);
  await turns();
  tellMessage(server, said(12));
  answers[1]?.resolve({ ...room, mutedUntil: AT, hidden: true });
  await muting;
  assert.deepEqual(listed(client), ["room"]);
  client.close();
});

Deno.test("Client takes answers to what was chosen in any order", async () => {
  const { server, client, room } = await inRoom();
  const answers: PromiseWithResolvers<object>[] = [];
  server.answer = ({ path }) => {
    if (path !== "/conversations/room/me") return undefined;
    const answer = Promise.withResolvers<object>();
    answers.push(answer);
    return answer.promise;
  };
  const chosen = [
    client.conversations.setMuted("room", AT),
    client.conversations.setPinned("room", false),
    client.conversations.setPinned("room", true),
  ];
  await turns();
  answers[2]?.resolve({ ...room, pinned: true });
  await turns();
  answers[1]?.resolve({ ...room, pinned: false });
  answers[0]?.resolve({ ...room, mutedUntil: AT });
  await Promise.all(chosen);
  const { pinned, mutedUntil } = client.conversations.get("room")?.info ?? {};
  assert.deepEqual([pinned, mutedUntil], [true, AT]);
  client.close();
});

Deno.test("Client keeps what was chosen since a list was asked for", async () => {
  const { server, client, room } = await inRoom();
  const list = Promise.withResolvers<object>();
  server.answer = ({ path }) => {
    if (path === "/conversations") return list.promise;
    return path === "/conversations/room/me"
      ? { ...room, pinned: true, draft: "hello" }
      : undefined;
  };
  // The list is read now, and comes later than the answer to what is chosen.
  server.tell({ type: "resync" });
  await client.conversations.setPinned("room", true);
  list.resolve({ conversations: [room], next: null });
  await turns();
  assert.equal(client.conversations.get("room")?.info.pinned, true);
  assert.equal(client.conversations.get("room")?.draft, "hello");
  client.close();
});

Deno.test("Client asks once who the members are when several come and go, where somebody looks", async () => {
  const { server, client, timers } = await inRoom({}, [conversationOf("other")]);
  server.members = [memberOf(ME.id), memberOf("ben")];
  const details = () => server.asked.filter((path) => path.startsWith("/conversations/"));
  await client.thread.open("room");
  assert.equal(details().length, 1);
  server.members = [memberOf(ME.id), memberOf("cid"), memberOf("dan", { role: "admin" })];
  tellMessage(server, happened(11, { type: "joined", users: ["cid", "dan"] }));
  tellMessage(server, happened(12, { type: "removed", users: ["ben"] }));
  tellMessage(server, happened(13, { type: "role", users: ["dan"], role: "admin" }));
  tellMessage(server, happened(14, { type: "renamed", title: "new" }));
  await timers.pass(499);
  await turns();
  assert.equal(details().length, 1);
  await timers.pass(1);
  await turns();
  assert.equal(details().length, 2);
  assert.deepEqual(
    client.conversations.get("room")?.members.map(({ user, role }) => [user.id, role]),
    [[ME.id, "member"], ["cid", "member"], ["dan", "admin"]],
  );
  tellMessage(server, happened(1, { type: "joined", users: ["cid"] }));
  tellMessage(server, { ...happened(1, { users: ["cid"] }), conversation: "other" });
  client.thread.close("room");
  tellMessage(server, happened(15, { type: "left", users: ["dan"] }));
  await timers.pass(5_000);
  await turns();
  assert.equal(details().length, 2);
  client.close();
});

Deno.test("Client drops what it may no longer see once a group's history is not shown any more", async () => {
  const { server, client } = await inRoom({ historyVisible: true });
  server.members = [memberOf(ME.id, { joinedSeq: 6 }), memberOf("ben")];
  await client.thread.open("room");
  const seqs = () => client.thread.view("room").messages.map(({ seq }) => seq);
  assert.equal(seqs().length, 10);
  const { readSeq: _r, unread: _u, mentions: _m, lastMessage: _l, role: _o, ...rest } =
    conversationOf("room", { seq: 11, rev: 11, historyVisible: false });
  const { mutedUntil: _mu, pinned: _p, hidden: _h, markedUnread: _ma, draft: _d, ...shared } = rest;
  server.tell({ type: "conversation", conversation: shared });
  await turns();
  assert.deepEqual(seqs(), [7, 8, 9, 10]);
  assert.equal(client.thread.view("room").loaded, true);
  client.close();
});

Deno.test("Client counts less after a recall, and asks where only the server knows", async () => {
  const { server, client, timers, room } = await inRoom({ readSeq: 4, unread: 6, mentions: 2 });
  const counts = () => {
    const { unread, mentions } = client.conversations.get("room") ?? {};
    return [unread, mentions];
  };
  tellMessage(server, said(11, { mentions: [ME.id] }));
  tellMessage(server, said(12));
  assert.deepEqual(counts(), [8, 3]);
  tellMessage(server, said(11, { rev: 13, text: "", recalledAt: AT }));
  assert.deepEqual(counts(), [7, 2]);
  // Whom this one named nobody says any more.
  server.conversations = [{ ...room, seq: 12, rev: 14, unread: 6, mentions: 1 }];
  const asked = server.asked.length;
  tellMessage(server, said(8, { rev: 14, text: "", recalledAt: AT }));
  await timers.pass(2_000);
  await turns();
  assert.deepEqual(counts(), [6, 1]);
  assert.deepEqual(server.asked.slice(asked), ["/conversations/room?members=false"]);
  client.close();
});

Deno.test("Client lets the server count what is too much to remember, and goes on from there", async () => {
  const { server, client, timers, room } = await inRoom();
  const asked = server.asked.length;
  for (let seq = 11; seq <= 310; seq++) tellMessage(server, said(seq));
  await timers.pass(5_000);
  await turns();
  assert.deepEqual([client.conversations.get("room")?.unread, server.asked.length], [300, asked]);
  tellMessage(server, said(311, { mentions: [ME.id] }));
  server.conversations = [{ ...room, seq: 311, rev: 311, unread: 301, mentions: 1 }];
  await timers.pass(5_000);
  await turns();
  tellMessage(server, said(312));
  await timers.pass(5_000);
  await turns();
  const { unread, mentions } = client.conversations.get("room") ?? {};
  assert.deepEqual([unread, mentions, server.asked.length - asked], [302, 1, 1]);
  client.close();
});

Deno.test("Client loads nothing of what was left before it was known", async () => {
  const { server, client } = await inRoom();
  const list = Promise.withResolvers<object>();
  server.answer = ({ path }) => path === "/conversations" ? list.promise : undefined;
  const opening = client.thread.open("new");
  client.thread.close("new");
  await turns();
  server.conversations = [...server.conversations ?? [], conversationOf("new")];
  const asked = server.asked.length;
  list.resolve({ conversations: server.conversations, next: null });
  await opening;
  await turns();
  assert.equal(client.conversations.get("new")?.info.id, "new");
  assert.equal(client.thread.view("new").loaded, false);
  assert.deepEqual(server.asked.slice(asked), []);
  client.close();
});

Deno.test("Client keeps a page of a thread that was left", async () => {
  const { server, client } = await inRoom();
  await client.thread.open("room");
  for (let seq = 11; seq <= 100; seq++) tellMessage(server, said(seq));
  const seqs = () => client.thread.view("room").messages.map(({ seq }) => seq);
  assert.equal(seqs().length, 100);
  client.thread.close("room");
  assert.deepEqual([seqs().length, seqs()[0]], [50, 51]);
  tellMessage(server, said(101));
  assert.deepEqual([seqs().length, seqs()[0]], [50, 52]);
  client.close();
});

Deno.test("Client counts by itself what is unread of what it shows", async () => {
  const { server, client, timers } = await inRoom({ readSeq: 0, unread: 10 });
  await client.thread.open("room");
  const asked = server.asked.length;
  client.thread.markRead("room", 4);
  assert.equal(client.conversations.get("room")?.unread, 6);
  server.tell({ type: "receipt", conversation: "room", user: ME.id, readSeq: 7, deliveredSeq: 10 });
  assert.equal(client.conversations.get("room")?.unread, 3);
  await timers.pass(5_000);
  await turns();
  assert.equal(server.asked.length, asked);
  client.close();
});

Deno.test("Client takes the mark off a conversation that is read", async () => {
  const { server, client, timers, room } = await inRoom({ markedUnread: true });
  const marked = () => client.conversations.get("room")?.info.markedUnread;
  server.answer = ({ body }) => "markedUnread" in body ? { ...room, ...body } : undefined;
  // There is nothing new: the position does not move, so it has to be said.
  client.thread.markRead("room", 10);
  await turns();
  assert.deepEqual([marked(), server.requests.at(-1)?.body], [false, { markedUnread: false }]);
  await client.thread.markUnread("room", true);
  assert.deepEqual([marked(), client.conversations.get("room")?.unread], [true, 0]);
  const requests = server.requests.length;
  tellMessage(server, said(11));
  client.thread.markRead("room", 11);
  await timers.pass(1_000);
  assert.deepEqual([marked(), server.requests.length], [false, requests]);
  client.close();
});

Deno.test("Client sends replies, mentions and forwards, and clears the draft of what was sent", async () => {
  const { server, client, timers } = await inRoom({}, [conversationOf("other")]);
  const sends = () =>
    server.frames.filter(({ type }) => type === "message.send")
      .map(({ ref: _r, clientId: _c, type: _t, ...rest }) => rest);
  server.handle = () => undefined;
  client.conversations.setDraft("room", "@ben yes");
  await client.thread.send("room", "@ben yes", {
    replyTo: 7,
    mentions: ["ben"],
    mentionsAll: true,
  });
  assert.deepEqual(sends(), [{
    ...{ conversation: "room", kind: "text", text: "@ben yes" },
    ...{ replyTo: 7, mentions: ["ben"], mentionsAll: true },
  }]);
  assert.equal(client.conversations.get("room")?.draft, "");
  const [pending] = client.thread.view("room").pending;
  assert.deepEqual([pending?.replyTo, pending?.mentions, pending?.mentionsAll], [7, ["ben"], true]);
  await client.thread.forward(said(3, { mentions: ["ben"], replyTo: 2 }), ["other"]);
  assert.deepEqual(sends().slice(1), [{ conversation: "other", kind: "text", text: "message 3" }]);
  await timers.pass(5_000);
  assert.deepEqual(server.requests.map(({ method }) => method), ["POST", "POST"]);
  client.close();
});

Deno.test("Client shows who is typing until they have said it, and tells of itself where others listen", async () => {
  const { server, client } = await inRoom({}, [conversationOf("crowd", { memberCount: 101 })]);
  const typers = () => [
    client.thread.view("room").typers,
    client.conversations.get("room")?.typers,
  ];
  for (const user of ["ben", ME.id]) {
    server.tell({ type: "typing", conversation: "room", user, on: true });
  }
  assert.deepEqual(typers(), [["ben"], ["ben"]]);
  // Neither what is changed of an older message nor a page of them is what they typed.
  tellMessage(server, said(3, { rev: 11, text: "edited" }));
  await client.thread.open("room");
  assert.deepEqual(typers(), [["ben"], ["ben"]]);
  tellMessage(server, said(11, { rev: 12 }));
  assert.deepEqual(typers(), [[], []]);
  client.thread.typing("room", true);
  client.thread.typing("crowd", true);
  const sent = () => server.frames.filter(({ type }) => type === "typing");
  assert.deepEqual(sent().map(({ conversation, on }) => [conversation, on]), [["room", true]]);
  server.tell({ type: "typing", conversation: "room", user: "ben", on: true });
  server.cut();
  client.thread.typing("room", true);
  assert.deepEqual([sent().length, ...typers()], [1, [], []]);
  client.close();
});

Deno.test("Client asks for the row of a conversation that fell too far behind while nobody looked", async () => {
  const { server, client, timers } = await inRoom();
  server.conversations = [conversationOf("room", {
    ...{ seq: 400, rev: 400, readSeq: 10, unread: 380, lastMessage: said(400) },
  })];
  tellMessage(server, said(400));
  await timers.pass(150 + 2_000);
  await turns();
  const view = client.conversations.get("room");
  assert.deepEqual([view?.unread, view?.lastMessage?.seq], [380, 400]);
  assert.deepEqual(server.frames.filter(({ type }) => type.startsWith("conversation.")), []);
  // One page it catches up with by its messages.
  tellMessage(server, said(402));
  await timers.pass(150);
  assert.deepEqual(
    server.frames.filter(({ type }) => type === "conversation.sync").map(({ since }) => since),
    [400],
  );
  client.close();
});

Deno.test("Client has the new profile once it is changed", async () => {
  const { server, client } = await inRoom();
  server.answer = ({ path, body }) => path === "/me" ? { ...ME, ...body } : undefined;
  const states: string[] = [];
  client.on("session", (state) => {
    if (state.name === "signed-in") states.push(state.me.displayName);
  });
  await client.me.change({ displayName: "Annie" });
  assert.deepEqual(states, ["Annie"]);
  assert.deepEqual(server.requests.at(-1), {
    ...{ method: "PATCH", path: "/me", body: { displayName: "Annie" } },
  });
  client.close();
});
