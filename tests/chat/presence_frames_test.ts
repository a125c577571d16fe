/** Presence and typing over real sockets, on two nodes that share a database, a store and a bus. */
import assert from "node:assert/strict";
import { newId } from "../../lib/ids.ts";
import {
  befriend,
  type Body,
  type Person,
  signUp,
  startTestServer,
} from "../support/api_server.ts";
import { type ChatClient, connectChat, isType } from "../support/chat_client.ts";
import { eventually } from "../support/deadline.ts";
import { startTestServer as startNode } from "../support/test_server.ts";

/** With people who signed up before there were two: codes wait for nobody who writes to the store. */
async function startTwo(count: number) {
  await using cleanup = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "parley-kv-" });
  cleanup.defer(() => Deno.remove(folder, { recursive: true }));
  const kvPath = `${folder}/kv.sqlite`;
  const secret = "a secret that both of the nodes know, and nobody else";
  const one = cleanup.use(await startTestServer({ kvPath, secret }));
  const people: Person[] = [];
  while (people.length < count) people.push(await signUp(one));
  const two = cleanup.use(await startNode(one.database.share, { kvPath, secret }));
  /** The same person, at the other node. */
  const atTwo = (person: Person): Pick<Person, "call"> => ({
    call: async (method, path, body) => {
      const response = await fetch(`${two.origin}/api/v1${path}`, {
        method,
        headers: {
          "authorization": `Bearer ${person.grant.accessToken}`,
          "content-type": "application/json",
        },
        body: JSON.stringify(body),
      });
      return { status: response.status, headers: response.headers, body: await response.json() };
    },
  });
  const resources = cleanup.move();
  return { one, two, atTwo, people, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}

async function watch(chat: ChatClient, users: readonly string[]): Promise<string[]> {
  const answer = await chat.ask<"presence.watch">({ type: "presence.watch", users: [...users] });
  assert.ok(isType(answer, "ok"), JSON.stringify(answer));
  return users.map((_, index) => String(answer.presence?.[index]?.state));
}

/** The states that a client was told of, as they came. */
function told({ frames }: ChatClient): string[] {
  return frames.filter((frame) => isType(frame, "presence")).map(({ state }) => String(state));
}

async function presenceIn(person: Person): Promise<Body | undefined> {
  return (await person.call("GET", "/contacts")).body.contacts?.[0]?.presence;
}

const options = { sanitizeOps: false, sanitizeResources: false };

Deno.test(
  "presence is told to contacts alone, on every node, for as long as they are",
  options,
  async () => {
    await using nodes = await startTwo(3);
    const { one, two, atTwo, people: [ann, ben, cat] } = nodes;
    assert.ok(ann && ben && cat);
    await befriend(ann, ben);
    await using atAnn = await connectChat(one, ann);
    await using atCat = await connectChat(one, cat);
    assert.deepEqual(await watch(atAnn, [ben.id, cat.id, newId()]), [
      "offline",
      "unknown",
      "unknown",
    ]);
    assert.deepEqual(await watch(atCat, [ben.id, ann.id]), ["unknown", "unknown"]);

    const onPhone = await connectChat(two, atTwo(ben));
    await eventually(() => told(atAnn).at(-1) === "online", "that Ben has come");
    assert.equal(String((await presenceIn(ann))?.state), "online");
    await onPhone.ask<"presence.set">({ type: "presence.set", state: "busy" });
    await eventually(() => told(atAnn).at(-1) === "busy", "that Ben is busy");

    // Both stop hearing of each other. To the one who is blocked the other has gone, as people do.
    assert.deepEqual(await watch(onPhone, [ann.id]), ["online"]);
    await ben.call("PUT", `/blocks/${ann.id}`);
    await eventually(() => told(atAnn).at(-1) === "offline", "that Ben seems gone");
    const away = atAnn.frames.findLast((frame) => isType(frame, "presence"));
    assert.match(String(away?.lastSeenAt), /^\d{4}-.*Z$/);
    assert.deepEqual(await presenceIn(ann), {
      ...{ user: ben.id, state: "offline", lastSeenAt: away?.lastSeenAt },
    });
    await eventually(() => told(onPhone).at(-1) === "unknown", "that nothing is known of Ann");
    await onPhone.ask<"presence.set">({ type: "presence.set", state: "away" });
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    assert.equal(told(atAnn).at(-1), "offline");
    await ben.call("DELETE", `/blocks/${ann.id}`);
    await eventually(() => told(atAnn).at(-1) === "away", "how Ben is");

    await onPhone[Symbol.asyncDispose]();
    await eventually(() => told(atAnn).at(-1) === "offline", "that Ben is gone");
    const last = atAnn.frames.findLast((frame) => isType(frame, "presence"));
    assert.match(String(last?.lastSeenAt), /^\d{4}-.*Z$/);
    const listed = await presenceIn(ann);
    assert.deepEqual(listed, { user: ben.id, state: "offline", lastSeenAt: last?.lastSeenAt });
    await ann.call("DELETE", `/contacts/${ben.id}`);
    await eventually(() => told(atAnn).at(-1) === "unknown", "that Ben is no contact");
    assert.deepEqual(told(atCat), []);
  },
);

Deno.test("presence of a node that goes away is over when it is gone", options, async () => {
  await using nodes = await startTwo(2);
  const { one, two, atTwo, people: [ann, ben] } = nodes;
  assert.ok(ann && ben);
  await befriend(ann, ben);
  await using atAnn = await connectChat(one, ann);
  await using _atBen = await connectChat(two, atTwo(ben));
  await eventually(async () => (await watch(atAnn, [ben.id]))[0] === "online", "that Ben has come");
  await two[Symbol.asyncDispose]();
  await eventually(() => told(atAnn).at(-1) === "offline", "that Ben is gone", 10_000);
});

Deno.test(
  "typing reaches the other members, and nobody where the two are parted",
  options,
  async () => {
    await using nodes = await startTwo(3);
    const { one, two, atTwo, people: [ann, ben, cat] } = nodes;
    assert.ok(ann && ben && cat);
    const conversation = await befriend(ann, ben);
    await using atAnn = await connectChat(one, ann);
    await using atBen = await connectChat(two, atTwo(ben));
    await using atCat = await connectChat(one, cat);
    const type = (chat: ChatClient, on: boolean) =>
      chat.ask<"typing">({ type: "typing", conversation, on });
    const heard = ({ frames }: ChatClient) =>
      frames.filter((frame) => isType(frame, "typing")).map(({ user, on }) => [user, on]);
    assert.ok(isType(await type(atAnn, true), "ok"));
    await type(atAnn, false);
    for (const chat of [atAnn, atBen]) {
      await eventually(() => heard(chat).length === 2, "both frames");
      assert.deepEqual(heard(chat), [[ann.id, true], [ann.id, false]]);
    }
    assert.equal(String((await type(atCat, true)).code), "not-member");
    await ann.call("DELETE", `/contacts/${ben.id}`);
    assert.ok(isType(await type(atBen, true), "ok"));
    // What comes after it on the same way has come, so it would have come as well.
    await befriend(ben, ann);
    await type(atBen, true);
    await eventually(() => heard(atAnn).length === 3, "the next frame");
    assert.deepEqual([heard(atAnn).length, heard(atCat).length], [3, 0]);
  },
);
