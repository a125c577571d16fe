import assert from "node:assert/strict";
import { takeTicket } from "../support/chat_client.ts";
import { closeCode, OPCODE, openRaw, rawFrame, upgradeRequest } from "../support/raw_socket.ts";
import { testWithServer } from "../support/shared_server.ts";
import { signUp, type TestServer } from "../support/api_server.ts";

const PATH = "/api/v1/chat";

async function upgrade({ port }: TestServer, headers: Record<string, string>): Promise<number> {
  using client = await openRaw(port, upgradeRequest(PATH, headers));
  return (await client.answer()).status;
}

function offer(ticket: string): Record<string, string> {
  return { "Sec-WebSocket-Protocol": `parley.v1, ticket.${ticket}` };
}

testWithServer("tickets names a node, its address and a ticket for 30 seconds", async (server) => {
  const { call } = await signUp(server);
  const { status, body } = await call("POST", "/tickets", { exclude: ["node-1"] });
  assert.equal(status, 201);
  const { ticket, ...rest } = body;
  assert.match(String(ticket), /^[\w-]{43}$/);
  assert.deepEqual(rest, {
    url: `ws://127.0.0.1:${server.port}${PATH}`,
    expiresIn: 30,
    node: "node-1",
  });
});

testWithServer("a ticket opens one socket, by subprotocol or by header", async (server) => {
  const person = await signUp(server);
  const first = await takeTicket(person);
  assert.equal(await upgrade(server, offer(first)), 101);
  assert.equal(await upgrade(server, offer(first)), 401);
  const second = await takeTicket(person);
  assert.equal(await upgrade(server, { "Authorization": `Bearer ${second}` }), 101);
  assert.equal(await upgrade(server, { "Authorization": `Bearer ${second}` }), 401);
});

testWithServer("a ticket opens one socket of those that come in parallel", async (server) => {
  const ticket = await takeTicket(await signUp(server));
  const answers = await Promise.all([1, 2, 3, 4, 5].map(() => upgrade(server, offer(ticket))));
  assert.deepEqual(answers.sort(), [101, 401, 401, 401, 401]);
});

testWithServer(
  "a ticket that is missing, made up, expired or another node's is refused",
  async (server) => {
    const person = await signUp(server);
    assert.equal(await upgrade(server, {}), 401);
    assert.equal(await upgrade(server, { "Sec-WebSocket-Protocol": "parley.v1" }), 401);
    assert.equal(await upgrade(server, offer("made-up")), 401);
    assert.equal(await upgrade(server, offer(person.grant.accessToken.slice(0, 43))), 401);
    const { sql } = server.database;
    const expired = await takeTicket(person);
    await sql`update tickets set expires_at = now() - interval '1 second'`;
    assert.equal(await upgrade(server, offer(expired)), 401);
    const elsewhere = await takeTicket(person);
    await sql`update tickets set node = 'node-2'`;
    assert.equal(await upgrade(server, offer(elsewhere)), 401);
  },
);

testWithServer("a foreign page is refused with 403, and its ticket stays good", async (server) => {
  const ticket = await takeTicket(await signUp(server));
  for (const origin of ["https://evil.example", "null", "http://127.0.0.1"]) {
    const headers = { ...offer(ticket), "Host": `127.0.0.1:${server.port}`, "Origin": origin };
    assert.equal(await upgrade(server, headers), 403, origin);
  }
  const own = { "Host": `127.0.0.1:${server.port}`, "Origin": server.origin };
  assert.equal(await upgrade(server, { ...offer(ticket), ...own }), 101);
});

testWithServer("a ticket in the address is no ticket", async (server) => {
  const ticket = await takeTicket(await signUp(server));
  using client = await openRaw(server.port, upgradeRequest(`${PATH}?ticket=${ticket}`));
  assert.equal((await client.answer()).status, 401);
});

testWithServer("a socket is told who it is first, and sends no binary", async (server) => {
  const person = await signUp(server);
  using client = await openRaw(server.port, upgradeRequest(PATH, offer(await takeTicket(person))));
  assert.equal((await client.answer()).status, 101);
  const ready = JSON.parse(new TextDecoder().decode((await client.frame())?.payload));
  const { epoch, at, ...rest } = ready;
  assert.ok(epoch && at);
  assert.deepEqual(rest, {
    type: "session.ready",
    user: person.id,
    session: person.grant.session,
    node: "node-1",
    isolate: "node-1",
    heartbeat: 25,
    limits: { frameBytes: 65_536, textCharacters: 8_000 },
    heads: [],
  });
  await client.write(rawFrame(OPCODE.binary, "x"));
  assert.equal(closeCode(await client.frame()), 1003);
});
