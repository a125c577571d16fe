import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { openKv } from "../../../lib/kv/open.ts";
import { createPatientKv } from "../../../lib/kv/patient.ts";
import { realTimers } from "../../../lib/timers.ts";

/** A store of which every call fails so many times before it is done. */
function createLockedKv(kv: Deno.Kv, failures: { left: number; message: string }): Deno.Kv {
  const failing = <T extends object>(target: T): T =>
    new Proxy(target, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== "function") return value;
        return (...args: unknown[]) => {
          if (name === "atomic") return failing(value.apply(target, args));
          const waited = ["get", "getMany", "set", "delete", "commit"].includes(String(name));
          if (waited && failures.left-- > 0) {
            return Promise.reject(new TypeError(failures.message));
          }
          const result: unknown = value.apply(target, args);
          return result;
        };
      },
    });
  return failing(kv);
}

Deno.test("createPatientKv asks again while another process has locked the file", async () => {
  const real = await Deno.openKv(":memory:");
  const failures = { left: 0, message: "database is locked" };
  const kv = createPatientKv(createLockedKv(real, failures), realTimers);
  failures.left = 3;
  await kv.set(["a"], 1);
  failures.left = 3;
  assert.equal((await kv.get(["a"])).value, 1);
  failures.left = 3;
  const entry = (await kv.getMany([["a"]]))[0];
  failures.left = 3;
  const done = await kv.atomic().check(entry).set(["a"], 2).commit();
  assert.equal(done.ok, true);
  assert.equal((await kv.atomic().check(entry).set(["a"], 3).commit()).ok, false);
  assert.equal((await real.get(["a"])).value, 2);
  failures.left = 3;
  await kv.delete(["a"]);
  assert.equal((await real.get(["a"])).value, null);
  assert.equal(failures.left < 0, true);
  kv.close();
});

Deno.test("createPatientKv hands on any other failure at once", async () => {
  const real = await Deno.openKv(":memory:");
  const failures = { left: 1, message: "disk I/O error" };
  const kv = createPatientKv(createLockedKv(real, failures), realTimers);
  await assert.rejects(kv.get(["a"]), /disk/);
  assert.equal(failures.left, 0);
  kv.close();
});

Deno.test("openKv outlasts another process that keeps the file locked longer than SQLite waits", async () => {
  const directory = await Deno.makeTempDir({ prefix: "parley-" });
  const path = `${directory}/kv.sqlite`;
  const kv = await openKv(path);
  await kv.set(["a"], 1);
  const other = new DatabaseSync(path);
  other.exec("BEGIN IMMEDIATE");
  const begun = performance.now();
  const release = setTimeout(() => other.exec("ROLLBACK"), 5_500);
  const done = await kv.atomic().set(["a"], 2).commit();
  assert.ok(performance.now() - begun > 5_000, "SQLite had given up in between");
  assert.equal(done.ok, true);
  assert.equal((await kv.get(["a"])).value, 2);
  clearTimeout(release);
  other.close();
  kv.close();
  await Deno.remove(directory, { recursive: true });
});
