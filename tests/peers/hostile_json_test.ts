/** JSON that is meant to harm whoever reads it: too deep, or with names that objects have of their own. */
import assert from "node:assert/strict";
import { newId } from "../../lib/ids.ts";
import { befriend, signUp } from "../support/api_server.ts";
import { connectChat, takeTicket } from "../support/chat_client.ts";
import {
  OPCODE,
  openRaw,
  rawFrame,
  type RawSocket,
  upgradeRequest,
} from "../support/raw_socket.ts";
import { testWithServer } from "../support/shared_server.ts";

const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);

/** As text: an object literal would set a prototype instead of naming it. */
const INERT = ["__proto__", "constructor", "prototype"];
const VALUES = ['{"polluted":"yes","displayName":"Pirate","role":"owner"}', '"text"', "null", "[]"];

function assertClean(): void {
  assert.equal(Reflect.get({}, "polluted"), undefined);
  assert.equal(Reflect.get(Object, "polluted"), undefined);
  assert.equal({}.constructor, Object);
}

async function answerOf(raw: RawSocket, text: string): Promise<Record<string, unknown>> {
  await raw.write(rawFrame(OPCODE.text, text));
  while (true) {
    const frame = await raw.frame();
    assert.ok(frame !== undefined, "the socket is open");
    const said = JSON.parse(new TextDecoder().decode(frame.payload));
    if (said.type === "ok" || said.type === "error" || said.type === "pong") return said;
  }
}

async function openSocket(port: number, person: Parameters<typeof takeTicket>[0]) {
  const headers = { "Authorization": `Bearer ${await takeTicket(person)}` };
  const raw = await openRaw(port, upgradeRequest("/api/v1/chat", headers));
  assert.equal((await raw.answer()).status, 101);
  await raw.frame();
  return raw;
}

testWithServer(
  "a body that is more than 32 deep is refused before it is parsed",
  async (server) => {
    const ann = await signUp(server);
    const patch = (body: string) => ann.call("PATCH", "/me", body);
    // So deep is looked at, and its field is not known.
    const looked = await patch(`{"more":${nested(31)}}`);
    assert.deepEqual([looked.status, looked.body.errors?.[0]?.path], [422, "more"]);
    for (const body of [`{"more":${nested(32)}}`, nested(500_000), "[".repeat(1_000_000)]) {
      const { status, body: { code, detail } } = await patch(body);
      assert.deepEqual([status, String(code)], [400, "invalid"]);
      assert.match(String(detail), /32 deep/);
    }
    assert.equal((await ann.call("GET", "/me")).status, 200);
  },
);

testWithServer(
  "a frame that is more than 32 deep is refused, and the socket goes on",
  async (server) => {
    const ann = await signUp(server);
    using raw = await openSocket(server.port, ann);
    for (const text of [`{"type":"ping","ref":1,"more":${nested(32)}}`, nested(30_000)]) {
      const answer = await answerOf(raw, text);
      assert.deepEqual([answer.type, answer.code, answer.ref], ["error", "invalid", null]);
      assert.match(String(answer.message), /32 deep/);
    }
    assert.equal((await answerOf(raw, '{"type":"ping","ref":2}')).type, "pong");
  },
);

testWithServer("names that objects have of their own are inert in bodies", async (server) => {
  const [ann, ben] = [await signUp(server), await signUp(server)];
  for (const name of INERT) {
    for (const value of VALUES) {
      // What is not known is refused, and never taken for what it would be on a prototype.
      const changed = await ann.call("PATCH", "/me", `{"bio":"hello","${name}":${value}}`);
      assert.ok([200, 422].includes(changed.status), `${name} ${value}: ${changed.status}`);
      const { body } = await ann.call("GET", "/me");
      assert.equal(String(body.displayName), ann.name);
      const asked = await ben.call("POST", "/contact-requests", `{"${name}":{"user":"${ann.id}"}}`);
      assert.equal(asked.status, 422);
      const group = `{"kind":"group","title":"x","members":[],"${name}":${value}}`;
      const made = await ann.call("POST", "/conversations", group);
      assert.ok([201, 422].includes(made.status));
      assertClean();
    }
  }
  // As names of queries, and as values where a name is looked up.
  assert.equal((await ann.call("GET", "/users?query=__proto__")).body.users?.length, 0);
  assert.equal((await ann.call("GET", "/users?query=x&__proto__[polluted]=1")).status, 422);
  assert.equal((await ann.call("GET", "/users/__proto__")).status, 404);
  for (const purpose of ["__proto__", "constructor", "toString"]) {
    const body = { email: "x@example.org", purpose };
    assert.equal((await server.call("POST", "/verification-codes", { body })).status, 422);
  }
  assertClean();
});

testWithServer("names that objects have of their own are inert in frames", async (server) => {
  const [ann, ben] = [await signUp(server), await signUp(server)];
  const conversation = await befriend(ann, ben);
  await using chat = await connectChat(server, ben);
  using raw = await openSocket(server.port, ann);
  for (const name of INERT) {
    for (const value of VALUES) {
      const clientId = newId();
      const fields = `"conversation":"${conversation}","clientId":"${clientId}","kind":"text"`;
      const sent = await answerOf(
        raw,
        `{"type":"message.send","ref":1,${fields},"text":"hello","${name}":${value}}`,
      );
      assert.ok(sent.type === "ok" || sent.code === "invalid", `${name} ${value}`);
      const hidden = await answerOf(raw, `{"${name}":{"type":"ping","ref":1}}`);
      assert.deepEqual([hidden.type, hidden.code], ["error", "invalid"]);
      const type = await answerOf(raw, `{"type":"${name}","ref":3}`);
      assert.deepEqual([type.type, type.code, type.ref], ["error", "invalid", 3]);
      assertClean();
    }
  }
  assert.equal((await chat.ask<"ping">({ type: "ping" })).type, "pong");
});
