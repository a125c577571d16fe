import assert from "node:assert/strict";
import { ApiError, createSend } from "../../client/api.ts";
import { createFakeTimers } from "../support/fake_timers.ts";

/** A server that never answers. */
const silent: typeof globalThis.fetch = (_input, init) =>
  new Promise((_resolve, reject) => {
    init?.signal?.addEventListener("abort", () => reject(init.signal?.reason));
  });

Deno.test("createSend lets those requests outlive the page that are to", async () => {
  const kept: unknown[] = [];
  const fetch: typeof globalThis.fetch = (_input, init) => {
    kept.push(init?.keepalive);
    return Promise.resolve(Response.json({}));
  };
  const send = createSend("http://server", fetch, createFakeTimers());
  await send("PATCH", "/conversations/room/me", { body: { draft: "hello" }, outlivesPage: true });
  await send("PATCH", "/conversations/room/me", { body: { pinned: true }, outlivesPage: false });
  assert.deepEqual(kept, [true, undefined]);
});

Deno.test("createSend waits 20 seconds for an answer, by the timers that it was given", async () => {
  const timers = createFakeTimers();
  const send = createSend("http://server", silent, timers);
  const failures: unknown[] = [];
  send("GET", "/contacts").catch((error) => failures.push(error));
  await timers.pass(19_999);
  assert.equal(failures.length, 0);
  await timers.pass(1);
  const [failure] = failures;
  assert.ok(failure instanceof ApiError && failure.code === "unavailable" && failure.retryable);
});

Deno.test("createSend waits as long as a proxy says that answers in its own words", async () => {
  const fetch: typeof globalThis.fetch = () =>
    Promise.resolve(
      new Response("<h1>busy</h1>", { status: 503, headers: { "retry-after": "7" } }),
    );
  const send = createSend("http://server", fetch, createFakeTimers());
  await assert.rejects(
    send("POST", "/tickets", { body: {} }),
    (error) => error instanceof ApiError && error.code === "unavailable" && error.retryAfter === 7,
  );
});

Deno.test("createSend sends once more what may be done twice, when its answer is lost soon", async () => {
  const refused = new Response("<h1>Bad Gateway</h1>", { status: 502 });
  const cases = [
    { method: "GET", first: "lost", sent: 2 },
    { method: "GET", first: "refused", sent: 2 },
    { method: "PUT", first: "lost", sent: 2 },
    { method: "PATCH", first: "lost", again: true, sent: 2 },
    { method: "PATCH", first: "lost", sent: 1 },
    { method: "POST", first: "lost", sent: 1 },
    { method: "DELETE", first: "lost", sent: 1 },
    { method: "GET", first: "late", sent: 1 },
    { method: "GET", first: "answered", sent: 1 },
  ] as const;
  for (const { method, first, sent, ...more } of cases) {
    const timers = createFakeTimers();
    let count = 0;
    const fetch: typeof globalThis.fetch = async () => {
      if (++count > 1) return Response.json({ fine: true });
      if (first === "answered") return Response.json({ code: "unavailable" }, { status: 503 });
      if (first === "refused") return refused;
      if (first === "late") await new Promise<void>((resolve) => timers.after(5_001, resolve));
      throw new TypeError("connection reset");
    };
    const send = createSend("http://server", fetch, timers);
    const outcome = send(method, "/somewhere", more).then(() => "fine", () => "failed");
    await timers.pass(6_000);
    assert.equal(await outcome, sent === 2 ? "fine" : "failed", `${method} ${first}`);
    assert.equal(count, sent, `${method} ${first}`);
  }
});
