/** Nodes as the gate of a real server hands them out. */
import assert from "node:assert/strict";
import type { Config } from "../../lib/config.ts";
import type { NodeReport } from "../../lib/kv/leases.ts";
import { realTimers } from "../../lib/timers.ts";
import { createStatus } from "../../status/service.ts";
import { type Answer, type Person, signUp, startTestServer } from "../support/api_server.ts";
import { sharesOf } from "../support/nodes_of.ts";
import { createReport } from "../support/speaking_node.ts";
import { statusParts } from "../support/status_parts.ts";

/** A server, and another status service on its store, which speaks for nodes that are elsewhere. */
async function setUp(change: Partial<Config>, nodes: (Partial<NodeReport> & { node: string })[]) {
  await using cleanup = new AsyncDisposableStack();
  const directory = await Deno.makeTempDir({ prefix: "parley-" });
  cleanup.defer(() => Deno.remove(directory, { recursive: true }));
  const kvPath = `${directory}/kv.sqlite`;
  const server = cleanup.use(await startTestServer({ kvPath, ...change }));
  const kv = await Deno.openKv(kvPath);
  cleanup.defer(() => kv.close());
  // An hour ahead: nobody has to renew for them, however slow the machine is.
  const clock = { now: () => Date.now() + 3_600_000 };
  const status = createStatus(statusParts({ kv, clock, timers: realTimers }));
  for (const node of nodes) await status.nodes.renew(createReport(node));
  // By now the server has read the store for the last time before they were there.
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  const person = await signUp(server);
  const resources = cleanup.move();
  return {
    server,
    person,
    status,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/** The server's own node is none of those that are compared. */
const ask = ({ call }: Person) => call("POST", "/tickets", { exclude: ["node-1"] });

Deno.test("tickets of a burst go evenly to equal nodes, whose addresses they name", async () => {
  const nodes = ["a", "b", "c"].map((node) => ({ node }));
  await using world = await setUp({}, nodes);
  const named: string[] = [];
  const askMany = async () => {
    for (let n = 0; n < 60; n++) {
      const { status, body } = await ask(world.person);
      assert.equal(status, 201);
      assert.equal(String(body.url), `ws://${body.node}/api/v1/chat`);
      named.push(String(body.node));
    }
  };
  await Promise.all(Array.from({ length: 10 }, askMany));
  assert.equal(named.length, 600);
  const shares = sharesOf(named);
  for (const { node } of nodes) {
    assert.ok(Math.abs((shares[node] ?? 0) - 1 / 3) <= 0.05 / 3, JSON.stringify(shares));
  }
});

Deno.test("tickets by ip-hash keep a client to its node, by the address that a trusted proxy tells", async () => {
  const trusting: Partial<Config> = { balance: "ip-hash", trustedProxies: ["127.0.0.0/8"] };
  await using world = await setUp(trusting, ["a", "b", "c"].map((node) => ({ node })));
  const token = world.person.grant.accessToken;
  const body = { exclude: ["node-1"] };
  const found = await Promise.all(Array.from({ length: 40 }, async (_, n) => {
    const headers = { "x-forwarded-for": `203.0.113.${n}, 198.51.100.${n % 20}` };
    const answer = await world.server.call("POST", "/tickets", { token, body, headers });
    return String(answer.body.node);
  }));
  assert.deepEqual(found.slice(0, 20), found.slice(20));
  assert.deepEqual([...new Set(found)].sort(), ["a", "b", "c"]);
});

Deno.test("tickets are refused for a moment when no node can take a client", async () => {
  const full: Partial<Config> = {
    node: { id: "node-1", url: undefined, region: "local", capacity: 2, weight: 1 },
  };
  await using world = await setUp(full, [{ node: "a", draining: true }, { node: "b", delay: 900 }]);
  const answers: Answer[] = [];
  for (let n = 0; n < 3; n++) answers.push(await world.person.call("POST", "/tickets", {}));
  assert.deepEqual(answers.map(({ status }) => status), [201, 201, 503]);
  const [refused] = answers.slice(-1);
  assert.equal(String(refused?.body.code), "unavailable");
  assert.match(refused?.headers.get("retry-after") ?? "", /^[1-9]\d*$/);
});
