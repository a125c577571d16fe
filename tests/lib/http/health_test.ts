import assert from "node:assert/strict";
import type { Bus } from "../../../lib/bus/bus.ts";
import { createMemoryWire } from "../../../lib/bus/memory_bus.ts";
import { readConfig } from "../../../lib/config.ts";
import { openDiskStore } from "../../../lib/files/disk_store.ts";
import { dependenciesOf } from "../../../lib/http/dependencies.ts";
import { health } from "../../../lib/http/health.ts";
import type { Sql } from "../../../lib/sql/open.ts";
import { createFakeLog } from "../../support/fake_services.ts";

Deno.test("health asks once a second, however many want to know", async () => {
  let asked = 0;
  let now = 0;
  let draining = false;
  let fault = "";
  const check = () => (asked++, Promise.resolve(fault || undefined));
  const app = health({ one: { check, needed: true } }, () => draining, undefined, () => now);
  const readyz = async () => (await (await app.request("/readyz")).json()).status;
  const all = await Promise.all(Array.from({ length: 20 }, readyz));
  assert.deepEqual([new Set(all), asked], [new Set(["ready"]), 1]);
  fault = "it is read-only";
  now = 999;
  assert.deepEqual([await readyz(), asked], ["ready", 1]);
  // What the process itself knows is not older than the question.
  draining = true;
  assert.deepEqual([await readyz(), asked], ["draining", 1]);
  draining = false;
  now = 1_000;
  assert.deepEqual([await readyz(), asked], ["not-ready", 2]);
});

Deno.test("dependenciesOf says that a bus or the folder of files is away, and asks the pool alone", async () => {
  let asked = 0;
  let now = 0;
  const row = { recovering: false, readOnly: false, unsynced: false, hasty: false };
  const sql = (() => (asked++, Promise.resolve([row]))) as unknown as Sql;
  const bus: Bus & { connected: boolean } = { ...createMemoryWire().open(), connected: true };
  const config = readConfig({}, "dev");
  const folder = await Deno.makeTempDir({ prefix: "parley-files-" });
  const files = await openDiskStore(folder, createFakeLog());
  const app = health(
    dependenciesOf({ config, sql, kv: undefined, bus, files }, new Map()),
    () => false,
    undefined,
    () => now,
  );
  const readyz = async () => await (await app.request("/readyz")).json();
  assert.deepEqual(await readyz(), {
    status: "ready",
    dependencies: { database: "up", bus: "up", files: "up" },
  });
  await Deno.remove(folder);
  bus.connected = false;
  now = 1_000;
  assert.deepEqual(await readyz(), {
    status: "ready",
    dependencies: { database: "up", bus: "down", files: "down" },
  });
  assert.equal(asked, 2);
});
