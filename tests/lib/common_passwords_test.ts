import assert from "node:assert/strict";
import { Hono } from "hono";
import { loadCommonPasswords } from "../../lib/common_passwords.ts";
import { timeLeft, withDeadline } from "../../lib/deadline.ts";
import { createWebServer } from "../../lib/http/http_server.ts";
import { listen } from "../../lib/listen.ts";

Deno.test("loadCommonPasswords leaves the time of whoever asks first to them", async () => {
  const app = new Hono().get("/", (c) => c.text(String(timeLeft())));
  const server = createWebServer(app.fetch, { sockets: false });
  const port = await listen(server.http, "127.0.0.1", 0);
  try {
    const common = await withDeadline(60_000, loadCommonPasswords);
    assert.ok(common.has("password123"));
    const answer = await fetch(`http://127.0.0.1:${port}/`);
    assert.equal(await answer.text(), "Infinity");
  } finally {
    await server.finish();
  }
});
