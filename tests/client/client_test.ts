import assert from "node:assert/strict";
import { createClient } from "../../client/client.ts";
import { testOnDatabases } from "../support/databases.ts";
import { befriend, signInAgain, signUp, texts, until } from "../support/people.ts";
import { startTestServer } from "../support/test_server.ts";

testOnDatabases("Client: two people sign up, become contacts and talk", async (kind) => {
  await using place = await kind.create();
  await using server = await startTestServer(place.config);
  await using ann = await signUp(server.origin);
  await using ben = await signUp(server.origin);
  await until(
    "both are connected",
    () => [ann, ben].every(({ client }) => client.connection.state().name === "ready"),
  );
  const room = await befriend(ann, ben);
  await Promise.all([ann.client.thread.open(room), ben.client.thread.open(room)]);

  await ann.client.thread.send(room, "hello Ben");
  await until("Ben has it", () => texts(ben, room).length === 1);
  await ben.client.thread.send(room, "你好 Ann");
  await until("Ann has both", () => texts(ann, room).length === 2);
  assert.deepEqual(texts(ann, room), ["hello Ben", "你好 Ann"]);
  assert.deepEqual(texts(ben, room), texts(ann, room));
  assert.deepEqual(ann.client.thread.view(room).pending, []);

  assert.equal(ann.client.conversations.get(room)?.unread, 1);
  // Behind the first message of all, which says that the two are contacts.
  ann.client.thread.markRead(room, 3);
  assert.equal(ann.client.conversations.get(room)?.unread, 0);
  await until(
    "Ben sees that Ann read it",
    () => ben.client.conversations.get(room)?.othersRead === 3,
  );

  await using phone = await signInAgain(server.origin, ann);
  await until("the phone knows the list", () => phone.client.conversations.list().length === 1);
  const [row] = phone.client.conversations.list();
  assert.equal(row?.unread, 0);
  assert.equal(row?.lastMessage?.text, "你好 Ann");
  await phone.client.thread.send(room, "from my phone");
  await until("Ann's other device has it", () => texts(ann, room).length === 3);
  assert.equal(ann.client.conversations.get(room)?.unread, 0);
});

Deno.test("Client refuses by its promises what needs someone to be signed in", async () => {
  const { thread, conversations, contacts } = createClient({
    origin: "http://server",
    credentials: "body",
  });
  const asked: Record<string, () => Promise<unknown>> = {
    open: () => thread.open("room"),
    loadOlder: () => thread.loadOlder("room"),
    send: () => thread.send("room", "hello"),
    retry: () => thread.retry("message"),
    discard: () => thread.discard("message"),
    openDirect: () => conversations.openDirect("someone"),
    request: () => contacts.request("someone"),
    accept: () => contacts.accept("request"),
    decline: () => contacts.decline("request"),
  };
  for (const [what, ask] of Object.entries(asked)) {
    let answer: Promise<unknown> | undefined;
    assert.doesNotThrow(() => answer = ask(), what);
    await assert.rejects(answer ?? Promise.resolve(), { code: "unauthenticated" }, what);
  }
});
