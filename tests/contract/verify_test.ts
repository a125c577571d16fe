import { Hono } from "hono";
import { createTokens } from "../../lib/tokens.ts";
import { verifyRoutes } from "../../verify/http.ts";
import { remoteVerify } from "../../verify/remote.ts";
import { createVerify } from "../../verify/service.ts";
import { createFakeClock } from "../support/clock.ts";
import { createFakePost } from "../support/fake_post.ts";
import { createFakeLog } from "../support/fake_services.ts";
import { answering, callerOf, serveRoutes, serviceTokens } from "../support/service_server.ts";
import { TEST_SECRET } from "../support/test_server.ts";
import { testVerifyContract } from "./verify_contract.ts";

async function openLocal() {
  const kv = await Deno.openKv(":memory:");
  const clock = createFakeClock();
  const post = createFakePost();
  const tokens = createTokens(TEST_SECRET, clock);
  let open = true;
  const close = () => {
    if (open) kv.close();
    open = false;
  };
  return {
    verify: createVerify({ kv, clock, tokens, post, log: createFakeLog(), limits: true }),
    clock,
    mails: post.mails,
    takeStoreAway: close,
    [Symbol.asyncDispose]: () => Promise.resolve(close()),
  };
}

async function openRemote() {
  await using cleanup = new AsyncDisposableStack();
  const local = cleanup.use(await openLocal());
  const app = new Hono().route("/internal/verify", verifyRoutes(local.verify, serviceTokens));
  const server = cleanup.use(await serveRoutes(answering(app)));
  const caller = cleanup.use(callerOf("verify", [server.url]));
  const resources = cleanup.move();
  return {
    ...local,
    verify: remoteVerify(caller),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

testVerifyContract("createVerify", openLocal);
testVerifyContract("remoteVerify", openRemote);
