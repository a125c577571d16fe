import assert from "node:assert/strict";
import { Hono } from "hono";
import { timeLeft } from "../../../lib/deadline.ts";
import { answerWithin } from "../../../lib/http/answer_in_time.ts";
import { answering } from "../../support/service_server.ts";

Deno.test("answerWithin answers 504 to what hangs, and lets the rest through", async () => {
  const app = answering(
    new Hono().use(answerWithin(() => 50))
      .get("/hangs", () => new Promise<never>(() => {}))
      .get("/quick", (c) => c.json({ left: timeLeft() })),
  );
  const late = await app.request("/hangs");
  assert.equal(late.status, 504);
  assert.equal((await late.json()).code, "timeout");
  const quick = await app.request("/quick");
  assert.equal(quick.status, 200);
  assert.ok((await quick.json()).left <= 50);
});
