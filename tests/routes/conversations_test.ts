import assert from "node:assert/strict";
import * as z from "zod";
import { newId } from "../../lib/ids.ts";
import { Conversation } from "../../lib/protocol/model.ts";
import { type ChatClient, connectChat, isType } from "../support/chat_client.ts";
import { testWithServer } from "../support/shared_server.ts";
import { befriend, type Body, signUp } from "../support/api_server.ts";

const ConversationPage = z.object({
  conversations: z.array(Conversation),
  next: z.string().nullable(),
});

function say(chat: ChatClient, conversation: string, text: string): Promise<Body> {
  return chat.ask<"message.send">({
    type: "message.send",
    conversation,
    clientId: newId(),
    kind: "text",
    text,
  });
}

testWithServer(
  "conversations opens a contact's conversation, and no stranger's",
  async (server) => {
    const [ann, ben, cat] = [await signUp(server), await signUp(server), await signUp(server)];
    const id = await befriend(ann, ben);
    const opened = await ann.call("POST", "/conversations", { kind: "direct", user: ben.id });
    assert.deepEqual([opened.status, String(opened.body.id)], [200, id]);
    Conversation.strict().parse(opened.body);
    const refused = await ann.call("POST", "/conversations", { kind: "direct", user: cat.id });
    assert.deepEqual([refused.status, String(refused.body.code)], [403, "not-contact"]);
    const shown = await ben.call("GET", `/conversations/${id}`);
    assert.deepEqual([shown.status, shown.body.members?.length], [200, 2]);
    const row = await ben.call("GET", `/conversations/${id}?members=false`);
    Conversation.strict().parse(row.body);
    const { members: _m, ...rest } = shown.body;
    assert.deepEqual(row.body, rest);
    const unclear = await ben.call("GET", `/conversations/${id}?members=no`);
    assert.deepEqual([unclear.status, String(unclear.body.code)], [422, "invalid"]);
    for (const path of ["", "?members=false", "/messages", "/changes"]) {
      const hidden = await cat.call("GET", `/conversations/${id}${path}`);
      const missing = await cat.call("GET", `/conversations/${newId()}${path}`);
      assert.deepEqual([hidden.status, String(hidden.body.code)], [404, "not-member"]);
      assert.deepEqual(hidden.body, missing.body);
    }
  },
);

testWithServer("messages reads back what was said, as it was told live", async (server) => {
  const [ann, ben] = [await signUp(server), await signUp(server)];
  const id = await befriend(ann, ben);
  await using atAnn = await connectChat(server, ann);
  await using atBen = await connectChat(server, ben);
  const texts = ["one", "two 👋", "NULL", "{}", '"\\', "\u0001\n", "seven"];
  for (const text of texts) assert.equal(String((await say(atAnn, id, text)).type), "ok");
  await atBen.find((frame) => String(frame.message?.text) === "seven", "the last message");
  const told = atBen.frames.filter((frame) => isType(frame, "message")).map((f) => f.message);
  // The first message of all says that the two became contacts.
  const history = (await ben.call("GET", `/conversations/${id}/messages?after=1`)).body;
  assert.deepEqual(history, { messages: told, more: false });
  assert.deepEqual(told.map((message) => String(message?.text)), texts);
  const changes = (await ben.call("GET", `/conversations/${id}/changes?since=3&limit=3`)).body;
  assert.deepEqual(changes, { messages: told.slice(2, 5), seq: 8, rev: 8, more: true });
  const page = (await ben.call("GET", `/conversations/${id}/messages?after=2&before=5`)).body;
  assert.deepEqual(page, { messages: told.slice(1, 3), more: false });
  const [listed] = [(await ben.call("GET", "/conversations")).body.conversations?.[0]];
  assert.deepEqual([Number(listed?.unread), listed?.lastMessage], [7, told.at(-1)]);
  // Only the connection that was answered is spared.
  assert.equal(atAnn.frames.filter((frame) => isType(frame, "message")).length, 0);
});

testWithServer("conversations pages without a hole or a double", async (server) => {
  const ann = await signUp(server);
  const ids: string[] = [];
  for (let n = 0; n < 5; n++) ids.push(await befriend(ann, await signUp(server)));
  // All at one moment: the position within it counts.
  await server.database.sql`update conversations set active_at = '2026-01-02T03:04:05.678Z'
    where id in (select conversation_id from members where user_id = ${ann.id})`;
  const seen: string[] = [];
  let next: string | undefined = "";
  while (next !== undefined) {
    const before: string = next && `&before=${encodeURIComponent(next)}`;
    const { body } = await ann.call("GET", `/conversations?limit=2${before}`);
    for (let n = 0; n < Number(body.conversations?.length); n++) {
      seen.push(String(body.conversations?.[n]?.id));
    }
    next = body.next === null ? undefined : String(body.next);
  }
  assert.deepEqual(seen, ids.sort().reverse());
});

testWithServer("conversations keeps pinned and hidden ones in their places", async (server) => {
  const ann = await signUp(server);
  const ids: string[] = [];
  for (let n = 0; n < 5; n++) ids.push(await befriend(ann, await signUp(server)));
  for (const [n, id] of ids.entries()) {
    await server.database.sql`update conversations
      set active_at = ${`2026-01-02T03:04:0${n}.678Z`}::text::timestamptz where id = ${id}`;
  }
  await ann.call("PATCH", `/conversations/${ids[0]}/me`, { pinned: true });
  await ann.call("PATCH", `/conversations/${ids[3]}/me`, { hidden: true });
  await ann.call("PATCH", `/conversations/${ids[4]}/me`, { pinned: true, hidden: true });
  const seen: unknown[] = [];
  let before = "";
  for (let page = 0; page < 3; page++) {
    const { body } = await ann.call("GET", `/conversations?limit=2${before}`);
    const { conversations, next } = ConversationPage.parse(body);
    seen.push(...conversations.map(({ id, pinned, hidden }) => [ids.indexOf(id), pinned, hidden]));
    before = `&before=${encodeURIComponent(next ?? "")}`;
    assert.equal(next === null, page === 2);
  }
  assert.deepEqual(seen, [
    [4, true, true],
    [3, false, true],
    [2, false, false],
    [1, false, false],
    [0, true, false],
  ]);
});

const cursors = [
  "x",
  "2026-01-02T03:04:05.678Z 00000000-0000-7000-8000-00000000000",
  "2026-13-45T99:99:99Z 00000000-0000-7000-8000-000000000001",
  "0000-01-01T00:00:00.000Z 00000000-0000-7000-8000-000000000001",
  "2026-01-02T03:04:05.678Z ------------------------------------",
];
for (const cursor of cursors) {
  testWithServer(`conversations refuses the made-up cursor ${cursor}`, async (server) => {
    const { call } = await signUp(server);
    const before = new TextEncoder().encode(cursor).toBase64({ alphabet: "base64url" });
    const { status } = await call("GET", `/conversations?before=${encodeURIComponent(before)}`);
    assert.equal(status, 422);
  });
}

testWithServer("messages refuses pages that make no sense", async (server) => {
  const [ann, ben] = [await signUp(server), await signUp(server)];
  const id = await befriend(ann, ben);
  const queries = [
    "messages?limit=0",
    "messages?limit=201",
    "messages?before=-1",
    "messages?after=x",
  ];
  for (const query of [...queries, "changes?limit=301", "changes?since=1.5", "changes?since="]) {
    assert.equal((await ann.call("GET", `/conversations/${id}/${query}`)).status, 422, query);
  }
  const far = await ann.call("GET", `/conversations/${id}/changes?since=9007199254740991`);
  assert.deepEqual(far.body, { messages: [], seq: 1, rev: 1, more: false });
});

testWithServer(
  "conversation.sync reaches a client that reads, whatever was said",
  async (server) => {
    const [ann, ben] = [await signUp(server), await signUp(server)];
    const id = await befriend(ann, ben);
    await using atAnn = await connectChat(server, ann);
    // JSON writes each of these characters in six bytes.
    const text = "\u0001".repeat(8_000);
    for (let n = 0; n < 32; n++) await say(atAnn, id, text);
    await using atBen = await connectChat(server, ben);
    const answer = atBen.ask<"conversation.sync">({
      type: "conversation.sync",
      conversation: id,
      since: 0,
    });
    const cut = atBen.closed.then(({ code }): Body => {
      throw new Error(`the server cut the connection with ${code}`);
    });
    assert.equal(String((await Promise.race([answer, cut])).type), "ok");
    cut.catch(() => {});
  },
);
