/**
 * A large file through a bad network to a server that dies: it comes whole, and the server takes no more
 * memory than for a small one. The issue's own size takes some minutes:
 * `deno test -A tests/faults/upload_test.ts -- --mib=2048`
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { hashPassword } from "../../lib/passwords.ts";
import { migrate } from "../../lib/sql/migrate.ts";
import { openDatabase } from "../../lib/sql/open.ts";
import { option, tell } from "../support/campaign.ts";
import { databaseKinds } from "../support/databases.ts";
import { startFaultyProxy } from "../support/faulty_proxy.ts";
import { createMadeFile } from "../support/made_file.ts";
import { type MemoryWatch, residentOf, watchMemory } from "../support/memory_watch.ts";
import { seedUser } from "../support/seed.ts";
import { createServerProcess } from "../support/server_process.ts";
import { createTus } from "../support/tus.ts";

const MEBIBYTE = 1024 * 1024;
const CUTS = 20;
/** Of the cuts, those at which the server is killed. */
const KILLED_AT: ReadonlySet<number> = new Set([7, 14]);
/** MiB over what it takes when it is idle. */
const MOST_MEMORY = 128;
const PASSWORD = "a password for one sender";

for (const kind of databaseKinds) {
  Deno.test({
    name: `a file comes whole over ${CUTS} cuts and two kill -9, in bounded memory [${kind.name}]`,
    // One is enough: what happens to files does not depend on the kind.
    ignore: kind.ignore || kind.name !== (option("embedded") ? "embedded" : "postgresql"),
    sanitizeResources: false,
    sanitizeOps: false,
    fn: async () => {
      await using place = await kind.create();
      let login = "";
      {
        await using database = await openDatabase(place.config);
        await migrate(database.sql);
        const user = await seedUser(database.sql, await hashPassword(PASSWORD));
        const [row] = await database.sql<{ username: string }[]>`
          select username from users where id = ${user}`;
        login = row?.username ?? "";
      }
      const file = createMadeFile((option("mib") ?? 512) * MEBIBYTE + 4_321);
      await using server = await createServerProcess(place.config, {
        PARLEY_FILES_LARGEST: String(Math.ceil(file.size / MEBIBYTE)),
        PARLEY_FILES_QUOTA: String(Math.ceil(file.size / MEBIBYTE)),
      });
      await server.start();
      await using proxy = startFaultyProxy(server.port);
      const signedIn = await fetch(`${server.origin}/api/v1/sessions`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ login, password: PASSWORD }),
      });
      const { accessToken } = await signedIn.json();
      const tus = createTus(proxy.origin, accessToken);
      let over = 0;
      let samples = 0;
      let idle = 0;
      let watch: MemoryWatch | undefined;
      /** Of a process that has answered something, and has nothing to do. */
      const watchIdle = () => {
        idle = residentOf(server.pid);
        watch = watchMemory(server.pid);
      };
      const settle = () => {
        watch?.[Symbol.dispose]();
        over = Math.max(over, (watch?.peak ?? Infinity) - idle);
        samples += watch?.samples ?? 0;
        watch = undefined;
      };

      const began = performance.now();
      const { status, address, id } = await tus.create(file.size, {
        filename: "large.bin",
        sha256: file.sha256,
      });
      assert.equal(status, 201);
      let cuts = 0;
      let safe = 0;
      for (;;) {
        const offset = await tus.offset(address);
        assert.ok(offset !== undefined && offset >= safe, `${offset} is safe, and ${safe} was`);
        safe = offset;
        if (watch === undefined) watchIdle();
        if (offset === file.size) break;
        // Somewhere in the next share of it, and never where an object ends.
        const next = Math.ceil(file.size * (cuts + 1) / (CUTS + 1)) + 12_345;
        const cutAt = cuts < CUTS ? Math.max(next, offset + MEBIBYTE) : Infinity;
        let ending: Promise<void> | undefined;
        const body = file.read(offset, (end) => {
          if (end < cutAt || ending !== undefined) return;
          cuts++;
          if (!KILLED_AT.has(cuts)) {
            proxy.cut();
            ending = Promise.resolve();
            return;
          }
          settle();
          ending = server.kill().then(() => server.start());
        });
        const answer = await tus.patch(address, offset, body).catch(() => undefined);
        await ending;
        if (ending === undefined) assert.equal(answer?.status, 204, JSON.stringify(answer?.body));
      }
      settle();
      assert.equal(cuts, CUTS);
      const seconds = (performance.now() - began) / 1000;

      const download = await fetch(`${server.origin}/api/v1/files/${id}`, {
        headers: { authorization: `Bearer ${accessToken}` },
      });
      assert.equal(download.status, 200);
      const hash = createHash("sha256");
      for await (const bytes of download.body ?? []) hash.update(bytes);
      assert.equal(hash.digest("hex"), file.sha256);
      const mib = Math.round(file.size / MEBIBYTE);
      tell(
        `${mib} MiB in ${
          seconds.toFixed(1)
        } s over ${cuts} cuts, ${KILLED_AT.size} of them kill -9: ` +
          `at most ${Math.round(over)} MiB over idle in ${samples} samples`,
      );
      assert.ok(over <= MOST_MEMORY, `${Math.round(over)} MiB over idle`);
      assert.equal(await server.stop(), 0);
    },
  });
}
