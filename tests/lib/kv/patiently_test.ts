import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { removeCode, storeCode } from "../../../lib/kv/codes.ts";
import { openKv } from "../../../lib/kv/open.ts";
import { patiently } from "../../../lib/kv/patiently.ts";
import { changeEntries, readEntries } from "../../../lib/kv/presence.ts";

Deno.test("patiently waits for whoever writes to the same file", async () => {
  const directory = await Deno.makeTempDir({ prefix: "parley-" });
  try {
    using kv = await openKv(`${directory}/kv.sqlite`);
    // As another isolate does while it commits.
    const other = new DatabaseSync(`${directory}/kv.sqlite`);
    other.exec("begin immediate");
    const checked = kv.atomic().check({ key: ["x"], versionstamp: null }).set(["x"], 1);
    await assert.rejects(checked.commit(), /database is locked/);

    const key = { purpose: "register", email: "ann@example.org" } as const;
    const times = { now: 1_000, resendAfter: 60_000, lifetime: 600_000 };
    const entry = { nodes: {}, lastSeenAt: 7 };
    const all = Promise.all([
      patiently(() => checked.commit()),
      storeCode(kv, key, { hash: "h", ...times }),
      changeEntries(kv, ["ann"], () => entry),
    ]);
    setTimeout(() => other.exec("rollback"), 100);
    const [first] = await all;
    other.close();
    assert.ok(first.ok);
    assert.ok(await removeCode(kv, key, { hashes: ["h"], now: 1, equal: (a, b) => a === b }));
    assert.deepEqual((await readEntries(kv, ["ann"])).get("ann")?.entry, entry);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("patiently passes other failures on at once", async () => {
  let tries = 0;
  const failing = patiently(() => {
    tries++;
    return Promise.reject(new Error("the disk is full"));
  });
  await assert.rejects(failing, /the disk is full/);
  assert.equal(tries, 1);
});

Deno.test("patiently outlasts a write that is longer than SQLite waits", async () => {
  const directory = await Deno.makeTempDir({ prefix: "parley-" });
  try {
    using kv = await openKv(`${directory}/kv.sqlite`);
    await kv.set(["a"], 1);
    const other = new DatabaseSync(`${directory}/kv.sqlite`);
    other.exec("begin immediate");
    const begun = performance.now();
    setTimeout(() => other.exec("rollback"), 5_500);
    // One that checks nothing waits inside SQLite, for five seconds.
    await patiently(() => kv.set(["a"], 2));
    assert.ok(performance.now() - begun > 5_000, "SQLite had given up in between");
    other.close();
    assert.equal((await kv.get(["a"])).value, 2);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
