/** A real S3-compatible server, and a network between that cuts and changes what it carries. */
import assert from "node:assert/strict";
import { StartError } from "../../lib/errors.ts";
import type { S3Config } from "../../lib/files/s3_client.ts";
import { openS3Store } from "../../lib/files/s3_store.ts";
import { realTimers } from "../../lib/timers.ts";
import {
  put,
  readAll,
  sameBytes,
  someBytes,
  unavailable,
} from "../contract/object_store_contract.ts";
import { startByteRelay } from "../support/byte_relay.ts";
import { createFakeLog } from "../support/fake_services.ts";
import { findS3, startS3 } from "../support/s3_server.ts";

const SIZE = 3_000_000;
const MIDDLE = 1_500_000;
/** So that nobody waits long between two tries. */
const timers = { ...realTimers, random: () => 0 };

Deno.test({
  name: "an S3 store puts and gets whole objects over a network that cuts and changes them",
  ignore: findS3() === undefined,
  fn: async (t) => {
    await using server = await startS3();
    await using relay = startByteRelay(server.port);
    const log = createFakeLog();
    await using store = await openS3Store(server.config(relay.port), log, timers);
    const bytes = someBytes(SIZE);

    for (
      const [what, fault] of [
        ["the connection ends in the middle of a PUT", () => relay.cutAt("there", MIDDLE)],
        ["its answer is lost", () => relay.cutAt("back", 0)],
        ["one byte of a PUT is another one", () => relay.changeAt("there", MIDDLE)],
      ] as const
    ) {
      await t.step(what, async () => {
        const before = relay.faults;
        fault();
        const id = await put(store, [bytes]);
        assert.equal(relay.faults, before + 1);
        sameBytes(await readAll(store, id, 0, SIZE), bytes);
      });
    }

    await t.step("the connection ends in the middle of a GET", async () => {
      const id = await put(store, [bytes]);
      const before = relay.faults;
      relay.cutAt("back", MIDDLE);
      sameBytes(await readAll(store, id, 10, SIZE - 10), bytes.subarray(10, SIZE - 10));
      assert.equal(relay.faults, before + 1);
    });

    await t.step("a DELETE's answer is lost", async () => {
      const id = await put(store, [bytes]);
      relay.cutAt("back", 0);
      await store.remove(id);
      await assert.rejects(readAll(store, id, 0, 1), unavailable);
    });

    await t.step("the server dies, and comes back", async () => {
      const id = await put(store, [bytes]);
      await server.kill();
      await assert.rejects(put(store, [bytes]), unavailable);
      await assert.rejects(readAll(store, id, 0, SIZE), unavailable);
      await assert.rejects(store.check());
      await server.start();
      await store.check();
      sameBytes(await readAll(store, id, 0, SIZE), bytes);
    });
  },
});

Deno.test({
  name: "a start says what an S3 server refuses, and goes on without one that is away",
  ignore: findS3() === undefined,
  fn: async () => {
    await using server = await startS3();
    const config = server.config();
    const wrong: Partial<S3Config>[] = [
      { secretKey: "nobody's" },
      { accessKey: "nobody" },
      { bucket: "nowhere" },
    ];
    for (const change of wrong) {
      const started = openS3Store({ ...config, ...change }, createFakeLog(), timers);
      await assert.rejects(started, (error) => {
        assert.ok(error instanceof StartError, String(error));
        assert.match(error.message, /^PARLEY_FILES_URL: .+ answered PUT with 40[34] \w+$/);
        assert.ok(!error.message.includes(config.secretKey) && !error.message.includes("nobody"));
        return true;
      });
    }
    await server.kill();
    const log = createFakeLog();
    await using store = await openS3Store(config, log, timers);
    assert.match(log.lines.join("\n"), /^files\.away /);
    await server.start();
    const id = await put(store, [someBytes(10)]);
    assert.deepEqual(await readAll(store, id, 0, 10), someBytes(10));
  },
});
