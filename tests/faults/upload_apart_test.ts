/** One upload over two gates, as when a proxy sends each request to another one. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { hashPassword } from "../../lib/passwords.ts";
import { migrate } from "../../lib/sql/migrate.ts";
import { openDatabase } from "../../lib/sql/open.ts";
import { databaseKinds } from "../support/databases.ts";
import { eventually } from "../support/deadline.ts";
import { seedUser } from "../support/seed.ts";
import { startTestServer } from "../support/test_server.ts";
import { createTus, type Tus } from "../support/tus.ts";

const PASSWORD = "a password at two gates";
const MEBIBYTE = 1024 * 1024;

const postgres = databaseKinds.find(({ name }) => name === "postgresql");

Deno.test({
  name: "an upload goes on at another gate, where one counts what comes and both make one file",
  ignore: postgres === undefined || postgres.ignore,
  sanitizeResources: false,
  sanitizeOps: false,
  fn: async () => {
    assert.ok(postgres !== undefined);
    await using place = await postgres.create();
    await using database = await openDatabase(place.config);
    const { sql } = database;
    await migrate(sql);
    const user = await seedUser(sql, await hashPassword(PASSWORD));
    const [row] = await sql<{ login: string }[]>`
      select username as login from users where id = ${user}`;
    await using one = await startTestServer(place.config);
    await using other = await startTestServer(place.config);
    const signedIn = await fetch(`${one.origin}/api/v1/sessions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ login: row?.login, password: PASSWORD }),
    });
    const { accessToken } = await signedIn.json();
    const [here, there] = [one, other].map(({ origin }) => createTus(origin, accessToken)) as [
      Tus,
      Tus,
    ];

    const bytes = new Uint8Array(12 * MEBIBYTE).map((_, index) => index % 251);
    const { address, id } = await here.create(bytes.length);
    // 8 MiB count once they are there; one more has come to the first gate, which waits for the next.
    const { promise: gone, resolve: goOn } = Promise.withResolvers<void>();
    const first = here.patch(
      address,
      0,
      new ReadableStream({
        start: (controller) => controller.enqueue(bytes.slice(0, 9 * MEBIBYTE)),
        pull: async (controller) => {
          await gone;
          controller.enqueue(bytes.slice(9 * MEBIBYTE));
          controller.close();
        },
      }, { highWaterMark: 0 }),
    ).catch(() => undefined);
    await eventually(async () => await there.offset(address) === 8 * MEBIBYTE, "eight of them");
    // The rest comes to the second one, and the first one's bytes do not count any more.
    let half = 0;
    for (let tries = 0; half !== 204; tries++) {
      // The first one may just have counted what it has.
      assert.ok(tries < 3, `${half}`);
      const offset = await there.offset(address) ?? 0;
      half = (await there.patch(address, offset, bytes.slice(offset, -1))).status;
    }
    goOn();
    assert.notEqual((await first)?.status, 204);
    assert.equal(await there.offset(address), bytes.length - 1);

    const last = there.patch(address, bytes.length - 1, bytes.slice(-1));
    // Asked at both while it is made a file, or before, or after.
    const asked = Array.from(
      { length: 6 },
      (_, index) => (index % 2 ? here : there).offset(address),
    );
    const offsets = await Promise.all(asked);
    const answer = await last;
    for (const offset of offsets) {
      // Whoever asks ends who writes, and may be told to ask again while it is looked at.
      assert.ok(offset === undefined || offset >= bytes.length - 1, `${offset}`);
    }
    if (answer.status !== 204) {
      const from = await here.offset(address);
      if (from !== bytes.length) {
        assert.equal((await here.patch(address, bytes.length - 1, bytes.slice(-1))).status, 204);
      }
    }
    const files = await sql<{ sha256: string; objects: number }[]>`
      select encode(c.sha256, 'hex') as sha256,
        (select count(*)::int from objects o where o.content_id = c.id) as objects
      from files f join contents c on c.id = f.content_id where f.id = ${id}`;
    assert.equal(files.length, 1);
    assert.equal(files[0]?.sha256, createHash("sha256").update(bytes).digest("hex"));
    for (const tus of [here, there]) {
      const download = await fetch(`${tus.url}/${id}`, {
        headers: { authorization: `Bearer ${accessToken}` },
      });
      assert.deepEqual(new Uint8Array(await download.arrayBuffer()), bytes);
    }
  },
});
