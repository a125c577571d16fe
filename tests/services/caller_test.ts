/** A caller against real servers that are away, hang, answer late or wrongly, and come back. */
import assert from "node:assert/strict";
import { Hono } from "hono";
import { hc } from "hono/client";
import { timeLeft, withDeadline } from "../../lib/deadline.ts";
import { AppError } from "../../lib/errors.ts";
import type { ErrorCode } from "../../lib/protocol/codes.ts";
import { type Caller, type How, SERVICE_BASE } from "../../lib/services/caller.ts";
import { internalRoutes } from "../../lib/services/internal_routes.ts";
import { createServiceTokens } from "../../lib/services/service_tokens.ts";
import { realTimers } from "../../lib/timers.ts";
import { createFakeClock } from "../support/clock.ts";
import { eventually } from "../support/deadline.ts";
import { createFakeLog } from "../support/fake_services.ts";
import { freePort } from "../support/ports.ts";
import {
  answering,
  callerOf,
  serveRoutes,
  type ServiceServer,
  serviceTokens,
} from "../support/service_server.ts";

/** Bounds that no machine reaches unless something hangs. */
const LONG = 20_000;
const AGAIN: How = { again: true, within: LONG };
const ONCE: How = { again: false, within: LONG };

type Counter = { count: number; left: number[]; answer: () => Promise<string> };

/** A service with one route, which counts how often it is asked and says its name. */
function countingRoutes(name: string, tokens = serviceTokens) {
  const counter: Counter = { count: 0, left: [], answer: () => Promise.resolve(name) };
  const routes = internalRoutes("test", tokens).post("/count", async (c) => {
    counter.count++;
    counter.left.push(timeLeft());
    return c.json({ by: await counter.answer() });
  });
  return { counter, routes, app: answering(new Hono().route("/internal/test", routes)) };
}

async function startCounting(name: string, port = 0): Promise<ServiceServer & Counter> {
  const { counter, app } = countingRoutes(name);
  return Object.assign(counter, await serveRoutes(app, port));
}

/** A server that answers `respond` to everything. */
function serveAll(
  respond: (request: Request) => Response | Promise<Response>,
): Promise<ServiceServer> {
  return serveRoutes({ fetch: respond });
}

/** Listens, and never says a word. */
function startSilent(): AsyncDisposable & { url: string; readonly connections: number } {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const connections: Deno.Conn[] = [];
  const accepting = (async () => {
    for await (const connection of listener) connections.push(connection);
  })();
  return {
    url: `http://127.0.0.1:${(listener.addr as Deno.NetAddr).port}`,
    get connections() {
      return connections.length;
    },
    [Symbol.asyncDispose]: async () => {
      listener.close();
      await accepting;
      for (const connection of connections) connection.close();
    },
  };
}

async function count(caller: Caller, how: How): Promise<string> {
  type Routes = ReturnType<typeof countingRoutes>["routes"];
  const client = hc<Routes>(`${SERVICE_BASE}/internal/test`, { fetch: caller.fetch(how) });
  return (await (await client.count.$post()).json()).by;
}

function away(error: unknown): boolean {
  assert.ok(error instanceof AppError);
  assert.equal(error.code, "unavailable");
  assert.ok((error.retryAfter ?? 0) > 0);
  return true;
}

const nowhere = () => `http://127.0.0.1:${freePort()}`;

for (const how of [AGAIN, ONCE]) {
  const kind = how.again ? "may be repeated" : "may not be repeated";

  Deno.test(`Caller asks the next address at once where one refuses, what ${kind}`, async () => {
    await using service = await startCounting("one");
    using caller = callerOf("test", [nowhere(), nowhere(), service.url]);
    for (let n = 1; n <= 3; n++) {
      assert.equal(await count(caller, how), "one");
      assert.equal(service.count, n);
    }
  });

  Deno.test(`Caller says unavailable where nobody is, of what ${kind}`, async () => {
    using caller = callerOf("test", [nowhere(), nowhere()]);
    await assert.rejects(count(caller, how), away);
  });
}

Deno.test("Caller stays with the address that answered last", async () => {
  await using second = await startCounting("second");
  const port = freePort();
  using caller = callerOf("test", [`http://127.0.0.1:${port}`, second.url]);
  assert.equal(await count(caller, ONCE), "second");
  await using first = await startCounting("first", port);
  assert.equal(await count(caller, ONCE), "second");
  await second[Symbol.asyncDispose]();
  // The first one may be left alone for a moment, and the second may have kept a connection.
  await eventually(() => count(caller, AGAIN).then((by) => by === "first", () => false), "a turn");
  assert.ok(first.count > 0);
});

Deno.test("Caller repeats what may be repeated once, where the connection broke", async () => {
  let asked = 0;
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const breaking = (async () => {
    for await (const connection of listener) {
      asked++;
      await connection.read(new Uint8Array(10_000));
      connection.close();
    }
  })();
  const url = `http://127.0.0.1:${(listener.addr as Deno.NetAddr).port}`;
  using caller = callerOf("test", [url], { rest: { failures: 100, first: 1, most: 1 } });
  await assert.rejects(count(caller, AGAIN), away);
  assert.equal(asked, 2);
  await assert.rejects(count(caller, ONCE), away);
  assert.equal(asked, 3);
  await using other = await startCounting("other");
  using both = callerOf("test", [url, other.url]);
  assert.equal(await count(both, AGAIN), "other");
  assert.deepEqual([asked, other.count], [4, 1]);
  listener.close();
  await breaking;
});

Deno.test("Caller asks no other address what may not be repeated, once one may have got it", async () => {
  let asked = 0;
  const { app } = countingRoutes("breaking");
  await using breaking = await serveAll((request) => {
    if (request.method === "GET") return app.fetch(request);
    asked++;
    return new Response("it was done, perhaps");
  });
  await using other = await startCounting("other");
  using caller = callerOf("test", [breaking.url, other.url]);
  await assert.rejects(count(caller, ONCE), away);
  assert.deepEqual([asked, other.count], [1, 0]);
});

Deno.test("Caller first looks whether anybody is there, for what may not be repeated", async () => {
  await using silent = startSilent();
  await using service = await startCounting("other");
  const rest = { failures: 2, first: 1, most: 1 };
  using caller = callerOf("test", [silent.url, service.url], { rest });
  const outcomes = await Promise.all(Array.from({ length: 5 }, () => count(caller, ONCE)));
  assert.deepEqual(outcomes, Array(5).fill("other"));
  // One look for all of them.
  assert.equal(silent.connections, 1);
  await service[Symbol.asyncDispose]();
  const asked = performance.now();
  for (let n = 0; n < 3; n++) await assert.rejects(count(caller, ONCE), away);
  assert.ok(performance.now() - asked < LONG, "nobody waited for one that hangs");
});

Deno.test("Caller does not give up an address because somebody had little time", async () => {
  await using silent = startSilent();
  const log = createFakeLog();
  const rest = { failures: 1, first: 600_000, most: 600_000 };
  using caller = callerOf("test", [silent.url], { rest, log });
  for (let n = 0; n < 3; n++) {
    await assert.rejects(count(caller, { again: false, within: 50 }), away);
  }
  assert.equal(silent.connections, 3);
  assert.deepEqual(log.lines, []);
  await assert.rejects(count(caller, { again: false, within: 400 }), away);
  assert.match(log.lines.join("\n"), /^service\.away [^\n]*did not answer in time$/);
});

Deno.test("Caller waits no longer than its bound, and asks another with half of it", async () => {
  await using silent = startSilent();
  await using service = await startCounting("other");
  using caller = callerOf("test", [silent.url]);
  const begun = performance.now();
  await assert.rejects(count(caller, { again: false, within: 200 }), away);
  assert.ok(performance.now() - begun >= 195, "it waited");
  assert.equal(silent.connections, 1);
  using both = callerOf("test", [silent.url, service.url]);
  assert.equal(await count(both, { again: true, within: 4_000 }), "other");
});

Deno.test("Caller takes a late answer for one of a service that is there", async () => {
  await using service = await startCounting("slow");
  const never = Promise.withResolvers<string>();
  service.answer = () => never.promise;
  const log = createFakeLog();
  using caller = callerOf("test", [service.url], {
    log,
    rest: { failures: 1, first: 600_000, most: 600_000 },
    // However busy this machine is: the caller has not given up when the answer comes.
    timers: { ...realTimers, after: (ms, callback) => realTimers.after(ms + LONG, callback) },
  });
  await assert.rejects(
    count(caller, { again: false, within: 1_000 }),
    (error) => error instanceof AppError && error.code === "timeout",
  );
  assert.ok((service.left[0] ?? Infinity) <= 900, "less than the caller waits");
  service.answer = () => Promise.resolve("back");
  assert.equal(await count(caller, ONCE), "back");
  assert.deepEqual(log.lines, []);
  never.resolve("");
});

const answers: [ErrorCode, AppError][] = [
  ["rate-limited", new AppError("rate-limited", "a moment", { retryAfter: 50 })],
  ["code-wrong", new AppError("code-wrong", "the code is not right")],
  ["unavailable", new AppError("unavailable", "later", { retryAfter: 5 })],
  ["invalid", new AppError("invalid", "bad", { errors: [{ path: "a.b", message: "is bad" }] })],
];
for (const [code, told] of answers) {
  Deno.test(`Caller throws what the service says: ${code}`, async () => {
    await using service = await startCounting("one");
    service.answer = () => Promise.reject(told);
    const rest = { failures: 1, first: 60_000, most: 60_000 };
    using caller = callerOf("test", [service.url], { rest });
    for (let n = 0; n < 3; n++) {
      await assert.rejects(count(caller, ONCE), (error) => {
        assert.ok(error instanceof AppError);
        assert.deepEqual(
          [error.code, error.message, error.retryAfter, error.errors],
          [told.code, told.message, told.retryAfter, told.errors],
        );
        return true;
      });
    }
    assert.equal(service.count, 3);
    service.count = 0;
    await assert.rejects(count(caller, AGAIN), AppError);
    // Only what may be otherwise in a moment is asked again.
    assert.equal(service.count, code === "unavailable" ? 2 : 1);
  });
}

Deno.test("Caller tells nobody what went wrong inside a service", async () => {
  await using service = await startCounting("one");
  service.answer = () => Promise.reject(new Error("a secret of the inside"));
  using caller = callerOf("test", [service.url]);
  await assert.rejects(count(caller, ONCE), (error) => {
    assert.ok(error instanceof AppError && error.code === "internal");
    assert.ok(!error.message.includes("secret"));
    return true;
  });
});

const strangers: Record<string, () => Response> = {
  "a page": () => new Response("<html>", { headers: { "content-type": "text/html" } }),
  "a proxy's 503": () => new Response("no", { status: 503 }),
  "a redirect": () => new Response(null, { status: 302, headers: { location: "/elsewhere" } }),
  "a problem that is none": () =>
    new Response("{", { status: 500, headers: { "content-type": "application/problem+json" } }),
  "a code that nobody knows": () =>
    new Response(JSON.stringify({ code: "teapot", detail: "" }), {
      status: 418,
      headers: { "content-type": "application/problem+json" },
    }),
};
for (const [what, respond] of Object.entries(strangers)) {
  Deno.test(`Caller takes ${what} for the answer of no service`, async () => {
    let asked = 0;
    await using stranger = await serveAll(() => (asked++, respond()));
    await using service = await startCounting("real");
    using caller = callerOf("test", [stranger.url, service.url]);
    assert.equal(await count(caller, AGAIN), "real");
    using alone = callerOf("test", [stranger.url]);
    await assert.rejects(count(alone, ONCE), away);
    assert.deepEqual([asked, service.count], [2, 1]);
    // The stranger was only asked whether it is there.
    using both = callerOf("test", [stranger.url, service.url]);
    assert.equal(await count(both, ONCE), "real");
  });
}

Deno.test("Caller leaves a dead address alone for a while", async () => {
  const port = freePort();
  const log = createFakeLog();
  using caller = callerOf("test", [`http://127.0.0.1:${port}`], {
    log,
    rest: { failures: 3, first: 600_000, most: 600_000 },
  });
  for (let n = 0; n < 3; n++) await assert.rejects(count(caller, ONCE), away);
  await using service = await startCounting("one", port);
  for (let n = 0; n < 3; n++) await assert.rejects(count(caller, AGAIN), away);
  assert.equal(service.count, 0);
  assert.equal(log.lines.length, 1);
  assert.match(log.lines[0] ?? "", /^service\.away test http.*ECONNREFUSED/);
});

Deno.test("Caller finds an address again that was away, and says both once", async () => {
  const port = freePort();
  const log = createFakeLog();
  using caller = callerOf("test", [`http://127.0.0.1:${port}`], {
    log,
    rest: { failures: 2, first: 10, most: 20 },
  });
  for (let n = 0; n < 10; n++) {
    await assert.rejects(count(caller, ONCE), away);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await using service = await startCounting("one", port);
  await eventually(() => count(caller, ONCE).then(() => true, () => false), "the return");
  assert.ok(service.count > 0);
  assert.match(log.lines.join("\n"), /^service\.away .*\nservice\.back test http:.*$/);
});

Deno.test("Caller lets one question try an address that hung, and the others go on", async () => {
  await using silent = startSilent();
  await using service = await startCounting("other");
  const rest = { failures: 1, first: 1, most: 1 };
  using caller = callerOf("test", [silent.url, service.url], { rest });
  assert.equal(await count(caller, { again: true, within: 1_000 }), "other");
  await service[Symbol.asyncDispose]();
  // It has rested long enough for one of these to try it again; the others do not wait for that.
  await new Promise((resolve) => setTimeout(resolve, 50));
  const outcomes = await Promise.allSettled(
    Array.from({ length: 10 }, () => count(caller, { again: false, within: 500 })),
  );
  assert.ok(outcomes.every(({ status }) => status === "rejected"));
  assert.equal(silent.connections, 2);
});

Deno.test("Caller is told when the two secrets differ, and nobody is signed out by that", async () => {
  const other = createServiceTokens("another secret of more than 32 bytes", createFakeClock());
  const { app, counter } = countingRoutes("strict", other);
  await using strict = await serveRoutes(app);
  await using service = await startCounting("open");
  const log = createFakeLog();
  using caller = callerOf("test", [strict.url, service.url], { log });
  for (const how of [ONCE, AGAIN]) assert.equal(await count(caller, how), "open");
  using alone = callerOf("test", [strict.url], { log });
  for (let n = 0; n < 5; n++) await assert.rejects(count(alone, ONCE), away);
  assert.equal(counter.count, 0);
  const told = log.lines.filter((line) => line.startsWith("service.token-refused"));
  assert.equal(told.length, 2);
  assert.match(told[0] ?? "", /PARLEY_SECRET must be the same.*clocks/);
});

Deno.test("a deadline travels from one service to the next, and gets shorter", async () => {
  await using last = await startCounting("last");
  using onward = callerOf("test", [last.url]);
  const { counter, app } = countingRoutes("middle");
  counter.answer = async () => {
    await new Promise((resolve) => setTimeout(resolve, 100));
    return await count(onward, AGAIN);
  };
  await using middle = await serveRoutes(app);
  using caller = callerOf("test", [middle.url]);
  const by = await withDeadline(6_000, () => count(caller, AGAIN));
  assert.equal(by, "last");
  const [atMiddle = Infinity] = counter.left;
  const [atLast = 0] = last.left;
  assert.ok(atMiddle <= 6_000 / 2, `${atMiddle} ms were left in the middle`);
  assert.ok(atLast > 0 && atLast <= (atMiddle - 100) / 2, `${atLast} ms were left at the end`);
});

Deno.test("Caller asks nobody when nobody waits any more", async () => {
  await using service = await startCounting("one");
  using caller = callerOf("test", [service.url]);
  await assert.rejects(
    withDeadline(1, async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      return await count(caller, AGAIN);
    }),
    (error) => error instanceof AppError && error.code === "timeout",
  );
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.equal(service.count, 0);
});

Deno.test("Caller pings whoever answers", async () => {
  await using service = await startCounting("one");
  using caller = callerOf("test", [nowhere(), service.url]);
  await caller.ping();
  assert.equal(service.count, 0);
  using nobody = callerOf("test", [nowhere()]);
  await assert.rejects(nobody.ping(), away);
});
