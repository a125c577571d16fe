import { statusRoutes } from "../../status/http.ts";
import { remoteStatus } from "../../status/remote.ts";
import { createStatus } from "../../status/service.ts";
import { answering, callerOf, serveRoutes, serviceTokens } from "../support/service_server.ts";
import { Hono } from "hono";
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
