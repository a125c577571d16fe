/** The four services, each in a server of its own, as the people who use them meet it. */
import assert from "node:assert/strict";
import type { Role } from "../../lib/config.ts";
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

/** What the gate answers to somebody who wants a code. */
async function askForCode(split: SplitServer) {
  const answer = await fetch(`${split.origin}/api/v1/verification-codes`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ email: `${crypto.randomUUID()}@example.org`, purpose: "register" }),
  });
  const body = await answer.json();
  return { status: answer.status, code: body.code, retryAfter: answer.headers.get("retry-after") };
}

testSplit(
  "refuses codes while verify is away, and gives them once it is back",
  async (split, log) => {
    await using ann = await join(split);
    await using ben = await join(split);
    const conversation = await befriend(ann, ben);
    await ann.client.thread.open(conversation);
    await ben.client.thread.open(conversation);
    await split.stop("verify");
    for (let n = 0; n < 5; n++) {
      const { status, code, retryAfter } = await askForCode(split);
      assert.deepEqual([status, code], [503, "unavailable"]);
      assert.ok(Number(retryAfter) > 0);
    }
    await saying(ann, ben, conversation, "without verify");
    const states = await readyz(split, "gate");
    assert.deepEqual([states.httpStatus, states.verify, states.status], [200, "down", "up"]);
    await split.start("verify");
    await until("codes are back", async () => (await askForCode(split)).status === 202, 20_000);
    await using cleo = await join(split);
    assert.ok(cleo.id);
    const said = log.lines.filter((line) => /^service\.(away|back) verify/.test(line));
    assert.deepEqual(said.map((line) => line.split(" ")[0]), ["service.away", "service.back"]);
  },
);

testSplit(
  "lets people talk while status is away, and knows how they are once it is back",
  async (split) => {
    await using ann = await join(split);
    await using ben = await join(split);
    const conversation = await befriend(ann, ben);
    await ann.client.thread.open(conversation);
    await ben.client.thread.open(conversation);
    await until("ben is seen", () => presenceOf(ann, ben) === "online");
    await split.stop("status");
    await saying(ann, ben, conversation, "without status");
    ben.client.presence.set("busy");
    await until("nobody knows how ben is", () => presenceOf(ann, ben) === "unknown", 20_000);
    assert.equal((await readyz(split, "chat")).status, "down");
    await split.start("status");
    await until("ben is seen to be busy", () => presenceOf(ann, ben) === "busy", 20_000);
    await saying(ben, ann, conversation, "with status again");
    await using cleo = await join(split);
    await until("cleo is connected", () => cleo.client.connection.state().name === "ready", 20_000);
  },
);

async function readyz(split: SplitServer, role: Role): Promise<Record<string, unknown>> {
  const answer = await fetch(`${split.originOf(role)}/readyz`);
  const { dependencies } = await answer.json();
  return { ...dependencies, httpStatus: answer.status };
}

testSplit("answers in each process what it is there for, and nothing else", async (split) => {
  const expected = {
    gate: {
      httpStatus: 200,
      database: "up",
      bus: "up",
      files: "up",
      status: "up",
      verify: "up",
    },
    chat: { httpStatus: 200, database: "up", bus: "up", status: "up" },
    status: { httpStatus: 200, database: "up", kv: "up" },
    verify: { httpStatus: 200, database: "up", kv: "up" },
  };
  for (const role of ["gate", "chat", "status", "verify"] as const) {
    assert.deepEqual(await readyz(split, role), expected[role]);
    const ask = async (path: string) => {
      const answer = await fetch(split.originOf(role) + path, { method: "POST" });
      const body = await answer.json();
      return [answer.status, body.code];
    };
    for (const service of ["status", "verify"]) {
      const known = role === service ? [401, "unauthenticated"] : [404, "not-found"];
      assert.deepEqual(await ask(`/internal/${service}`), known);
    }
    const sessions = await ask("/api/v1/sessions");
    assert.deepEqual(sessions, role === "gate" ? [422, "invalid"] : [404, "not-found"]);
    const page = await fetch(split.originOf(role));
    await page.body?.cancel();
    assert.equal(page.status, role === "gate" ? 200 : 404);
    const socket = await fetch(`${split.originOf(role)}/api/v1/chat`);
    await socket.body?.cancel();
    assert.equal(socket.status, 404);
  }
});
