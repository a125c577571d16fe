/**
 * The key-value store's file is locked by another process. SQLite in WAL mode lets readers go on then
 * and refuses writers after five seconds ("database is locked"), so that is how a running process
 * meets a store that fails; one that does not answer at all is made in tests/status/.
 */
import assert from "node:assert/strict";
import { ApiError } from "../../client/api.ts";
import { databaseKinds } from "../support/databases.ts";
import { lockFile } from "../support/locked_file.ts";
import { befriend, readCode, signUp, texts, until } from "../support/people.ts";
import { createServerProcess } from "../support/server_process.ts";

/** Milliseconds after which the server has to have noticed; it gives the store twelve seconds. */
const NOTICED_WITHIN = 30_000;

Deno.test("without the key-value store chat goes on, codes are unavailable, and all of it comes back", async () => {
  const [embedded] = databaseKinds;
  assert.equal(embedded?.name, "embedded");
  await using place = await embedded.create();
  assert.equal(place.config.kind, "embedded");
  const lines: string[] = [];
  await using server = await createServerProcess(place.config, {}, {
    onLine: (line) => void lines.push(line),
  });
  await server.start();
  const { origin } = server;
  await using ann = await signUp(origin);
  await using bob = await signUp(origin);
  const room = await befriend(ann, bob);
  for (const { client } of [ann, bob]) await client.thread.open(room);
  await until("seen as online", () => stateOf(bob, ann.id) === "online");

  const directory = place.config.kind === "embedded" ? place.config.directory : "";
  await using lock = await lockFile(`${directory}/kv.sqlite`);
  const from = performance.now();
  const before = lines.length;
  const asked = ann.client.session.requestCode("carol@example.org").then(
    () => "sent",
    (error) => error instanceof ApiError ? error.code : String(error),
  );
  const said: string[] = [];
  const states = new Set<string | undefined>();
  let answered = false;
  void asked.then(() => answered = true);
  while (!answered || !states.has("unknown")) {
    assert.ok(performance.now() - from < NOTICED_WITHIN, `answered: ${answered}, ${[...states]}`);
    const text = `message ${said.length}`;
    said.push(text);
    const begun = performance.now();
    await ann.client.thread.send(room, text);
    await until("bob has it", () => texts(bob, room).at(-1) === text);
    // However busy the machine is: no message waits for the store, which takes five seconds to fail.
    assert.ok(performance.now() - begun < 4_000, "messages do not wait for the store");
    states.add(stateOf(bob, ann.id));
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  assert.equal(await asked, "unavailable", "a code is not promised");
  assert.equal(states.has("offline"), false, `who is there is never told as gone: ${[...states]}`);
  assert.deepEqual(texts(bob, room).slice(-said.length), said);
  const { status } = await fetch(`${origin}/readyz`);
  assert.equal(status, 200, "the process serves");
  await lock.release();
  await until("codes are sent again", async () => {
    try {
      await ann.client.session.requestCode("carol@example.org");
      return true;
    } catch {
      return false;
    }
  }, 20_000);
  assert.match(await readCode(origin, "carol@example.org"), /^\d{6}$/);
  await until("seen as online again", () => stateOf(bob, ann.id) === "online", 20_000);
  await using carol = await signUp(origin);
  assert.ok(carol.id);
  const told = (event: string) => lines.slice(before).filter((line) => line.includes(event)).length;
  assert.ok(
    told("status.store-away") <= 2,
    `said once, not with every try: ${told("status.store-away")}`,
  );
});

type Watcher = Awaited<ReturnType<typeof signUp>>;

function stateOf({ client }: Watcher, user: string): string | undefined {
  return client.contacts.view().contacts.find((each) => each.user.id === user)?.presence?.state;
}
