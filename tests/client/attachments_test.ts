/** Files in messages, as a client sends and shows them, over a server that the tests play. */
import assert from "node:assert/strict";
import type { Attachment, Message } from "../../lib/protocol/model.ts";
import {
  conversationOf,
  createFakeServer,
  type FakeServer,
  headOf,
} from "../support/fake_server.ts";
import { signedIn, turns } from "../support/fake_sign_in.ts";

const AT = "2026-02-01T00:00:00.000Z";
const PICTURE: Attachment = {
  ...{ id: "f1", name: "a.png", type: "image/png", size: 9, sha256: "aa", width: 3, height: 2 },
};
const NOTES: Attachment = { id: "f2", name: "b.txt", type: "text/plain", size: 1, sha256: "bb" };

/** Somebody who has `room` open, in which nothing was said, and is in `other`. */
async function inRoom(server: FakeServer) {
  server.conversations = [conversationOf("room"), conversationOf("other")];
  const { client, timers } = await signedIn(server);
  server.ready(server.conversations.map(headOf));
  await client.thread.open("room");
  await turns();
  return { client, timers };
}

function sends(server: FakeServer): unknown[] {
  return server.frames.filter(({ type }) => type === "message.send")
    .map(({ ref: _r, clientId: _c, type: _t, ...rest }) => rest);
}

Deno.test("Client names the files of a message to the server, and shows them from the first moment", async () => {
  const server = createFakeServer();
  const answer = Promise.withResolvers<void>();
  let seq = 0;
  server.handle = ({ type, ref }) => {
    if (type !== "message.send") return { messages: [], more: false };
    const position = { id: `m${++seq}`, seq, rev: seq, at: AT, duplicate: false };
    void answer.promise.then(() => server.tell({ type: "ok", ref, ...position }));
    return undefined;
  };
  const { client } = await inRoom(server);
  await client.thread.send("room", "", { attachments: [PICTURE, NOTES] });
  assert.deepEqual(
    client.thread.view("room").pending.map((each) => [each.text, each.attachments]),
    [
      ["", [PICTURE, NOTES]],
    ],
  );
  assert.deepEqual(sends(server), [
    { conversation: "room", kind: "text", text: "", attachments: ["f1", "f2"] },
  ]);
  answer.resolve();
  await turns();
  await client.thread.send("room", "look", { attachments: [NOTES] });
  await client.thread.send("room", "only words", { attachments: [] });
  await turns();
  const view = client.thread.view("room");
  assert.deepEqual([view.pending, view.messages.map((one) => [one.kind, one.attachments])], [
    [],
    [["file", [PICTURE, NOTES]], ["text", [NOTES]], ["text", undefined]],
  ]);
  assert.deepEqual(client.conversations.get("room")?.lastMessage?.text, "only words");
  assert.deepEqual(sends(server).slice(2), [
    { conversation: "room", kind: "text", text: "only words" },
  ]);
  client.close();
});

Deno.test("Client keeps a message whose file is not there any more, with all that it says", async () => {
  const server = createFakeServer();
  let refuses = true;
  server.handle = ({ type, ref }) => {
    if (type !== "message.send") return { messages: [], more: false };
    if (!refuses) return { id: "m1", seq: 1, rev: 1, at: AT, duplicate: false };
    queueMicrotask(() =>
      server.tell({ type: "error", ref, code: "not-found", message: "there is no file f1" })
    );
    return undefined;
  };
  const { client } = await inRoom(server);
  await client.thread.send("room", "long to type", { attachments: [PICTURE] });
  await turns();
  const [failed] = client.thread.view("room").pending;
  assert.ok(failed);
  assert.deepEqual([failed.state, failed.text, failed.attachments, failed.failure], [
    "failed",
    "long to type",
    [PICTURE],
    { code: "not-found", message: "there is no file f1" },
  ]);
  refuses = false;
  await client.thread.retry(failed.clientId);
  await turns();
  assert.deepEqual(client.thread.view("room").messages.map(({ attachments }) => attachments), [
    [PICTURE],
  ]);
  client.close();
});

Deno.test("Client forwards files with the words, and forgets those of what is recalled", async () => {
  const server = createFakeServer();
  server.handle = ({ type }) => type === "message.send" ? undefined : { messages: [], more: false };
  const { client } = await inRoom(server);
  const message: Message = {
    ...{ id: "m1", clientId: "k1", conversation: "room", seq: 1, rev: 1, sender: "ben" },
    ...{ kind: "file", text: "", at: AT, attachments: [PICTURE] },
  };
  server.tell({ type: "message", message });
  await client.thread.forward(message, ["other"]);
  assert.deepEqual(sends(server), [
    { conversation: "other", kind: "text", text: "", attachments: ["f1"] },
  ]);
  const shown = () => client.conversations.get("room")?.lastMessage;
  assert.deepEqual([shown()?.attachments, client.conversations.get("room")?.unread], [
    [PICTURE],
    1,
  ]);
  const { attachments: _, ...rest } = message;
  server.tell({ type: "message", message: { ...rest, rev: 2, recalledAt: AT } });
  assert.deepEqual([shown()?.attachments, client.conversations.get("room")?.unread], [
    undefined,
    0,
  ]);
  client.close();
});
