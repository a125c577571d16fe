import assert from "node:assert/strict";
import { Hono } from "hono";
import { createErrorHandler } from "../../../lib/http/answer_problem.ts";
import { logRequests } from "../../../lib/http/log_requests.ts";
import { requestId } from "../../../lib/http/request_id.ts";
import { createLog } from "../../../lib/log.ts";

function serve() {
  const lines: string[] = [];
  const log = createLog("json", "debug", (line) => lines.push(line));
  const invites = new Hono()
    .post("/:token/accept", (c) => c.text("welcome"))
    .get("/:token", () => {
      throw new Error("nobody foresaw this");
    });
  const app = new Hono().onError(createErrorHandler(log)).use(requestId()).use(logRequests(log))
    .route("/invites", invites);
  return { app, read: () => lines.map((line) => JSON.parse(line)) };
}

Deno.test("logRequests names the route and not the address, and the id that the answer carries", async () => {
  const { app, read } = serve();
  const answer = await app.request("/invites/planted-token/accept?who=ann", { method: "POST" });
  const [{ time: _, ms, ...line }] = read();
  assert.deepEqual(line, {
    level: "debug",
    event: "request",
    request: answer.headers.get("x-request-id"),
    method: "POST",
    route: "/invites/:token/accept",
    status: 200,
  });
  assert.equal(typeof ms, "number");
});

Deno.test("requestId takes no name that a client gives", async () => {
  const { app, read } = serve();
  for (const given of ["of-somebody-else", '{"level":"error"}', "x".repeat(255)]) {
    const headers = { "x-request-id": given };
    const answer = await app.request("/invites/t/accept", { method: "POST", headers });
    assert.match(answer.headers.get("x-request-id") ?? "", /^[0-9a-f-]{36}$/);
  }
  assert.equal(new Set(read().map(({ request }) => request)).size, 3);
});

Deno.test("a request that fails is logged with its id and its route, and told in general", async () => {
  const { app, read } = serve();
  const answer = await app.request("/invites/planted-token");
  assert.deepEqual([answer.status, (await answer.json()).code], [500, "internal"]);
  const failed = read().find(({ event }) => event === "request.failed");
  assert.equal(failed.request, answer.headers.get("x-request-id"));
  assert.equal(failed.route, "/invites/:token");
  assert.match(failed.error, /nobody foresaw this/);
  assert.doesNotMatch(JSON.stringify(read()), /planted/);
});
