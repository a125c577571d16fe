import { statusRoutes } from "../../status/http.ts";
import { remoteStatus } from "../../status/remote.ts";
import { createStatus } from "../../status/service.ts";
import { answering, callerOf, serveRoutes, serviceTokens } from "../support/service_server.ts";
import assert from "node:assert/strict";
import { Hono } from "hono";
import { newId } from "../../lib/ids.ts";
import { createReport } from "../support/speaking_node.ts";
import { statusParts } from "../support/status_parts.ts";
import { testStatusContract } from "./status_contract.ts";

async function openLocal() {
  const kv = await Deno.openKv(":memory:");
  let open = true;
  const close = () => {
    if (open) kv.close();
    open = false;
  };
  return {
    status: createStatus(statusParts({ kv })),
    takeStoreAway: close,
    [Symbol.asyncDispose]: () => Promise.resolve(close()),
  };
}

async function openRemote() {
  await using cleanup = new AsyncDisposableStack();
  const { status, takeStoreAway } = cleanup.use(await openLocal());
  const app = new Hono().route("/internal/status", statusRoutes(status, serviceTokens));
  const server = cleanup.use(await serveRoutes(answering(app)));
  const caller = cleanup.use(callerOf("status", [server.url]));
  const resources = cleanup.move();
  return {
    status: remoteStatus(caller),
    takeStoreAway,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

testStatusContract("createStatus", openLocal);
testStatusContract("remoteStatus", openRemote);

Deno.test("remoteStatus asks another status service where one has lost its store", async () => {
  await using cleanup = new AsyncDisposableStack();
  const serve = async () => {
    const { status, takeStoreAway } = cleanup.use(await openLocal());
    const app = new Hono().route("/internal/status", statusRoutes(status, serviceTokens));
    const { url } = cleanup.use(await serveRoutes(answering(app)));
    return { status, takeStoreAway, url };
  };
  const [lost, well] = [await serve(), await serve()];
  const report = createReport({ node: "one" });
  await well.status.nodes.renew(report);
  const user = newId();
  await well.status.presence.write(report, new Map([[user, "busy"]]));
  const caller = cleanup.use(callerOf("status", [lost.url, well.url]));
  const { nodes, presence } = remoteStatus(caller);
  lost.takeStoreAway();
  assert.equal((await presence.read([user]))[0]?.state, "busy");
  const again = remoteStatus(cleanup.use(callerOf("status", [lost.url, well.url])));
  const wanted = { exclude: [], region: "local", address: "", here: "one" };
  assert.equal((await again.nodes.pick(wanted))?.id, "one");
  assert.equal((await nodes.pick(wanted))?.id, "one");
});
