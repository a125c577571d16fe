import assert from "node:assert/strict";
import { startIsolate } from "../../isolates/start_one.ts";
import { within } from "../support/deadline.ts";
import { testConfig } from "../support/test_server.ts";

/** Is there, and never says anything: like one that waits for a database that hangs. */
const SILENT = new URL("data:text/javascript,self.onmessage = () => {};");
const ORDER = { start: testConfig({ kind: "embedded", directory: "unused" }), isolate: "node-1.1" };

Deno.test("startIsolate ends an isolate that has not started when nobody waits for it any more", async () => {
  const calling = new AbortController();
  const started = startIsolate(ORDER, { module: SILENT, calledOff: calling.signal });
  calling.abort(new Error("told to stop"));
  // The worker's own end is the sanitizer's to notice.
  await assert.rejects(within(started, "the end", 20_000), /did not start: .*told to stop/);
});

Deno.test("startIsolate starts none where nobody waits from the beginning", async () => {
  const started = startIsolate(ORDER, {
    module: SILENT,
    calledOff: AbortSignal.abort(new Error("told to stop")),
  });
  await assert.rejects(within(started, "the end", 20_000), /told to stop/);
});
