import assert from "node:assert/strict";
import { ApiError } from "../../client/api.ts";
import { type Client, createClient } from "../../client/client.ts";
import { createFakeServer, type FakeServer, ME } from "../support/fake_server.ts";
import { createFakeTimers, type FakeTimers, settle } from "../support/fake_timers.ts";

const FILE = { sha256: "ab".repeat(32), size: 12, name: "a.txt" };
const ATTACHMENT = { id: "f1", name: "a.txt", type: "text/plain", size: 12, sha256: FILE.sha256 };

async function signIn(server: FakeServer): Promise<{ client: Client; timers: FakeTimers }> {
  const { fetch, openWire } = server;
  const timers = createFakeTimers();
  const client = createClient({
    ...{ origin: "http://server", credentials: "body", fetch, openWire },
    timers,
  });
  await client.session.signIn("ann", "password");
  await settle();
  server.requests.length = 0;
  server.asked.length = 0;
  return { client, timers };
}

const problem = (code: string, status: number) => Response.json({ code }, { status });

Deno.test("Files links what the server has, after a proof where it asks for one", async () => {
  const server = createFakeServer();
  const { client } = await signIn(server);
  server.answer = ({ body }) =>
    body.proof === undefined
      ? { challenge: { id: "c1", offset: 3, length: 4 } }
      : Response.json(ATTACHMENT, { status: 201 });
  const linked = await client.files.link(
    FILE,
    ({ id, offset, length }) => Promise.resolve(`${id} ${offset} ${length}`),
  );
  assert.deepEqual(linked, ATTACHMENT);
  assert.deepEqual(server.requests.map(({ path, body }) => [path, body]), [
    ["/files/instant", FILE],
    ["/files/instant", { ...FILE, proof: { id: "c1", sha256: "c1 3 4" } }],
  ]);
  client.close();
});

Deno.test("Files says that bytes have to be sent where the server has none, or no proof", async () => {
  const server = createFakeServer();
  const { client } = await signIn(server);
  server.answer = () => problem("not-found", 404);
  const unasked = () => Promise.reject(new Error("nobody asked for a proof"));
  assert.equal(await client.files.link(FILE, unasked), undefined);
  server.answer = ({ body }) =>
    body.proof === undefined
      ? { challenge: { id: "c1", offset: 0, length: 12 } }
      : problem("not-found", 404);
  assert.equal(await client.files.link(FILE, () => Promise.resolve("wrong")), undefined);
  server.answer = () => problem("too-large", 413);
  await assert.rejects(
    client.files.link(FILE, unasked),
    (error) => error instanceof ApiError && error.code === "too-large",
  );
  client.close();
});

Deno.test("Files asks for an address once, and again a minute before its end", async () => {
  const server = createFakeServer();
  const { client, timers } = await signIn(server);
  let links = 0;
  server.answer = ({ path, body }) => {
    assert.equal(path, "/files/f1/links");
    const expiresAt = new Date(timers.now() + 600_000).toISOString();
    return { url: `/api/v1/files/f1/content?n=${++links}&small=${body.thumbnail}`, expiresAt };
  };
  const { address } = client.files;
  const first = "http://server/api/v1/files/f1/content?n=1&small=undefined";
  assert.deepEqual(await Promise.all([address("f1"), address("f1")]), [first, first]);
  assert.match(await address("f1", { thumbnail: true }), /n=2&small=true$/);
  await timers.pass(539_000);
  assert.equal(await address("f1"), first);
  await timers.pass(1_000);
  assert.deepEqual(
    (await Promise.all([address("f1"), address("f1")])).map((url) => /n=(\d)/.exec(url)?.[1]),
    ["3", "3"],
  );
  client.close();
});

Deno.test("Files remembers no address that it did not get", async () => {
  const server = createFakeServer();
  const { client, timers } = await signIn(server);
  server.answer = () => problem("not-found", 404);
  await assert.rejects(client.files.address("f1"));
  const expiresAt = new Date(timers.now() + 600_000).toISOString();
  server.answer = () => ({ url: "https://files.example/x", expiresAt });
  assert.equal(await client.files.address("f1"), "https://files.example/x");
  client.close();
});

Deno.test("Files reads bytes with an access token, renewed once where it is refused", async () => {
  const server = createFakeServer();
  const { client } = await signIn(server);
  let refused = 0;
  server.answer = ({ path }) => {
    if (path === "/sessions/refresh") return undefined;
    if (path === "/files/f1") return new Response(new Uint8Array([1, 2, 3]));
    if (path === "/files/f2") return problem("not-found", 404);
    refused++;
    return problem("unauthenticated", 401);
  };
  assert.deepEqual([...new Uint8Array(await (await client.files.bytes("f1")).arrayBuffer())], [
    ...[1, 2, 3],
  ]);
  await assert.rejects(
    client.files.bytes("f2"),
    (error) => error instanceof ApiError && error.code === "not-found" && error.status === 404,
  );
  await assert.rejects(client.files.thumbnail("f1"));
  assert.equal(refused, 1, "the renewal failed here, so nothing was asked again");
  assert.ok(server.asked.includes("/sessions/refresh"));
  client.close();
});

Deno.test("Files gives an access token to who sends a file, and another after it was refused", async () => {
  const server = createFakeServer();
  const { client } = await signIn(server);
  server.answer = ({ path }) =>
    path === "/sessions/refresh"
      ? {
        ...{ user: ME, session: "s", accessToken: "fresh", refreshToken: "r" },
        ...{ accessExpiresIn: 900, refreshExpiresIn: 900 },
      }
      : undefined;
  assert.equal(await client.files.accessToken(), "access");
  client.files.distrust("another");
  assert.equal(await client.files.accessToken(), "access");
  client.files.distrust("access");
  assert.equal(await client.files.accessToken(), "fresh");
  assert.equal(client.files.uploads, "http://server/api/v1/files");
  client.close();
  await assert.rejects(client.files.accessToken());
});
