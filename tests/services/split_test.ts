/** The four services, each in a server of its own, as the people who use them meet it. */
import assert from "node:assert/strict";
import { createFakeLog } from "../support/fake_services.ts";
import { databaseKinds } from "../support/databases.ts";
import { befriend, type Person, signUp, texts, until } from "../support/people.ts";
import { type SplitServer, startSplitServer } from "../support/split_server.ts";

const postgres = databaseKinds.find(({ name }) => name === "postgresql");

function testSplit(
  name: string,
  test: (split: SplitServer, log: ReturnType<typeof createFakeLog>) => Promise<void>,
): void {
  Deno.test({
    name: `startServer by roles ${name}`,
    ignore: postgres === undefined || postgres.ignore,
    // The database server's process outlives a single test; it ends with the file.
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => {
      await using database = await postgres?.create();
      assert.ok(database);
      const log = createFakeLog();
      await using split = await startSplitServer(database.config, log);
      await test(split, log);
    },
  });
}

const join = (split: SplitServer) => signUp(split.origin, {}, split.originOf("verify"));

function presenceOf(person: Person, other: Person): string | undefined {
  return person.client.contacts.view().contacts
    .find(({ user }) => user.id === other.id)?.presence.state;
}

async function saying(one: Person, other: Person, conversation: string, text: string) {
  await one.client.thread.send(conversation, text);
  await until(`${text} has come`, () => texts(other, conversation).includes(text));
}

testSplit("serves people as one process does", async (split) => {
  await using ann = await join(split);
  await using ben = await join(split);
  const conversation = await befriend(ann, ben);
  await ann.client.thread.open(conversation);
  await ben.client.thread.open(conversation);
  await saying(ann, ben, conversation, "from one process to another");
  await saying(ben, ann, conversation, "and back");
  await until("ben is seen", () => presenceOf(ann, ben) === "online");
  ben.client.presence.set("busy");
  await until("ben is seen to be busy", () => presenceOf(ann, ben) === "busy");
});
