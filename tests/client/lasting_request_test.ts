import assert from "node:assert/strict";
import { ApiError } from "../../client/api.ts";
import type { Request } from "../../client/connection.ts";
import { createLastingRequest } from "../../client/lasting_request.ts";
import { createFakeTimers } from "../support/fake_timers.ts";

/** A connection that is lost until `returns`, and that fails its first `losses` requests. */
function setUp(losses: number, { returns, code = "unavailable" }: {
  returns: boolean;
  code?: string;
}) {
  let asked = 0;
  let ready = true;
  const request = createLastingRequest({
    state: () => ready ? { name: "ready" } : { name: "connecting", attempt: 1 },
    request: (() => {
      ready = ++asked > losses || code !== "unavailable";
      if (asked > losses) return Promise.resolve({ rev: 7 });
      return Promise.reject(new ApiError({ code, status: 0, message: "lost" }));
    }) as unknown as Request,
    back: () => Promise.resolve(ready = returns),
  }, createFakeTimers());
  return {
    asked: () => asked,
    pin: () => request("message.pin", { conversation: "c", seq: 1, on: true }),
  };
}

Deno.test("lasting request is asked again once the connection is back", async () => {
  const { asked, pin } = setUp(2, { returns: true });
  assert.deepEqual(await pin(), { rev: 7 });
  assert.equal(asked(), 3);
});

Deno.test("lasting request fails when no connection comes", async () => {
  const { asked, pin } = setUp(1, { returns: false });
  await assert.rejects(pin(), (error) => error instanceof ApiError && error.code === "unavailable");
  assert.equal(asked(), 1);
});

Deno.test("lasting request passes on what the server itself refuses", async () => {
  const { asked, pin } = setUp(1, { returns: true, code: "forbidden" });
  await assert.rejects(pin(), (error) => error instanceof ApiError && error.code === "forbidden");
  assert.equal(asked(), 1);
});
