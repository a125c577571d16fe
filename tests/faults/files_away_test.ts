/** A server whose files are on a real S3-compatible server, which dies and comes back. */
import assert from "node:assert/strict";
import { databaseKinds } from "../support/databases.ts";
import { befriend, signUp, texts, until } from "../support/people.ts";
import { sameBytes, someBytes } from "../contract/object_store_contract.ts";
import { findS3, startS3 } from "../support/s3_server.ts";
import { createTus } from "../support/tus.ts";
import { createServerProcess } from "../support/server_process.ts";

Deno.test({
  name:
    "without the place of files chat goes on, an upload waits, and both come back by themselves",
  ignore: findS3() === undefined,
  fn: async () => {
    const [embedded] = databaseKinds;
    assert.ok(embedded !== undefined);
    await using place = await embedded.create();
    await using files = await startS3();
    const lines: string[] = [];
    await using server = await createServerProcess(
      place.config,
      { PARLEY_FILES_URL: files.url() },
      {
        onLine: (line) => void lines.push(line),
      },
    );
    await server.start();
    const ready = async () => {
      const answer = await fetch(`${server.origin}/readyz`);
      const { status, dependencies } = await answer.json();
      return { http: answer.status, status, files: dependencies.files };
    };
    assert.deepEqual(await ready(), { http: 200, status: "ready", files: "up" });
    await using ann = await signUp(server.origin);
    await using bob = await signUp(server.origin);
    const room = await befriend(ann, bob);
    for (const { client } of [ann, bob]) await client.thread.open(room);

    // More than one object.
    const bytes = someBytes(9_000_000);
    const tus = createTus(server.origin, await ann.client.files.accessToken());
    const { address, id } = await tus.create(bytes.length);
    assert.equal((await tus.patch(address, 0, bytes.slice(0, 1_000_000))).status, 204);

    await files.kill();
    // What was found out a moment ago is told for a second.
    await until("the place is seen as away", async () => (await ready()).files === "down");
    assert.deepEqual(await ready(), { http: 200, status: "ready", files: "down" });
    await ann.client.thread.send(room, "no file in it");
    await until("bob has it", () => texts(bob, room).at(-1) === "no file in it");
    const refused = await tus.patch(address, 1_000_000, bytes.slice(1_000_000));
    assert.deepEqual([refused.status, refused.body.code], [503, "unavailable"]);

    await files.start();
    await until("the place is back", async () => (await ready()).files === "up");
    assert.equal(await tus.offset(address), 1_000_000, "what came before is kept");
    assert.equal((await tus.patch(address, 1_000_000, bytes.slice(1_000_000))).status, 204);
    sameBytes(await (await ann.client.files.bytes(id)).bytes(), bytes);
    assert.equal(await server.stop(), 0);
    const secret = files.config().secretKey;
    for (const text of [secret, encodeURIComponent(secret)]) {
      assert.ok(!lines.join("\n").includes(text), "the log has the secret");
    }
  },
});
