import assert from "node:assert/strict";
import { ApiError } from "../../client/api.ts";
import { newClientId } from "../../client/client_id.ts";
import { openOutbox, type Outbox } from "../../client/outbox.ts";
import { createMemoryOutboxStorage, type OutboxStorage } from "../../client/outbox_storage.ts";
import type { PendingMessage } from "../../client/views.ts";
import type { Answers } from "../../lib/protocol/frames.ts";
import { createFakeTimers, type FakeTimers, settle } from "../support/fake_timers.ts";

const ANN = "00000000-0000-7000-8000-00000000000a";
const ROOM = "00000000-0000-7000-8000-000000000001";
const OTHER = "00000000-0000-7000-8000-000000000002";

type Try = {
  send: PendingMessage;
  answer(seq: number, duplicate?: boolean): Promise<void>;
  fail(code: string, retryAfter?: number): Promise<void>;
};

/** @param confirms whether the log shows a message as soon as it is acknowledged */
async function setUp(
  storage: OutboxStorage = createMemoryOutboxStorage(),
  confirms: () => boolean = () => true,
): Promise<{
  outbox: Outbox;
  tries: Try[];
  stored: string[];
  timers: FakeTimers;
}> {
  const timers = createFakeTimers();
  const tries: Try[] = [];
  const stored: string[] = [];
  const outbox: Outbox = await openOutbox({
    account: ANN,
    storage,
    timers,
    transmit: (send) =>
      new Promise<Answers["message.send"]>((resolve, reject) => {
        tries.push({
          send,
          answer: (seq, duplicate = false) => {
            resolve({ id: newClientId(), seq, rev: seq, at: send.at, duplicate });
            return settle();
          },
          fail: (code, retryAfter) => {
            reject(new ApiError({ code, status: 0, message: code, retryAfter }));
            return settle();
          },
        });
      }),
    stored: (send) => {
      stored.push(send.text);
      if (confirms()) outbox.confirm(send.clientId);
    },
    changed: () => {},
  });
  return { outbox, tries, stored, timers };
}

function write(text: string, conversation = ROOM): PendingMessage {
  return {
    clientId: newClientId(),
    conversation,
    text,
    at: "2026-01-01T00:00:00.000Z",
    state: "sending",
  };
}

Deno.test("Outbox keeps one unanswered send per conversation, in the order of writing", async () => {
  const { outbox, tries, stored } = await setUp();
  await outbox.add(write("one"));
  await outbox.add(write("two"));
  await outbox.add(write("elsewhere", OTHER));
  assert.deepEqual(tries.map((each) => each.send.text), ["one", "elsewhere"]);
  await tries[0]?.answer(1);
  assert.deepEqual(tries.map((each) => each.send.text), ["one", "elsewhere", "two"]);
  await tries[2]?.answer(2);
  assert.deepEqual(stored, ["one", "two"]);
  assert.deepEqual(outbox.pending(ROOM), []);
});

Deno.test("Outbox sends again under the same clientId when the connection is lost", async () => {
  const { outbox, tries, timers } = await setUp();
  await outbox.add(write("one"));
  await tries[0]?.fail("unavailable");
  assert.equal(outbox.pending(ROOM)[0]?.state, "sending");
  outbox.flush();
  assert.equal(tries.length, 2);
  assert.equal(tries[1]?.send.clientId, tries[0]?.send.clientId);
  await timers.pass(60_000);
  assert.equal(tries.length, 2);
});

Deno.test("Outbox waits as long as the server asks", async () => {
  const { outbox, tries, timers } = await setUp();
  await outbox.add(write("one"));
  await tries[0]?.fail("rate-limited", 3);
  await timers.pass(2_999);
  assert.equal(tries.length, 1);
  await timers.pass(1);
  assert.equal(tries.length, 2);
});

Deno.test("Outbox keeps what was refused, and lets what follows pass", async () => {
  const { outbox, tries } = await setUp();
  await outbox.add(write("refused"));
  await outbox.add(write("fine"));
  await tries[0]?.fail("not-contact");
  const [refused] = outbox.pending(ROOM);
  assert.equal(refused?.state, "failed");
  assert.equal(refused?.failure?.code, "not-contact");
  assert.equal(tries[1]?.send.text, "fine");
  await outbox.retry(refused.clientId);
  assert.equal(tries.length, 2);
  await tries[1]?.answer(1);
  assert.equal(tries[2]?.send.text, "refused");
});

Deno.test("Outbox discards only what has failed", async () => {
  const { outbox, tries } = await setUp();
  const send = write("one");
  await outbox.add(send);
  await outbox.discard(send.clientId);
  assert.equal(outbox.pending(ROOM).length, 1);
  await tries[0]?.fail("invalid");
  await outbox.discard(send.clientId);
  assert.equal(outbox.pending(ROOM).length, 0);
});

Deno.test("Outbox survives a restart: what was not acknowledged is sent, in order", async () => {
  const storage = createMemoryOutboxStorage();
  const before = await setUp(storage);
  await before.outbox.add(write("one"));
  await before.outbox.add(write("two"));
  await before.outbox.add(write("three"));
  await before.tries[0]?.answer(1);
  before.outbox.close();

  const after = await setUp(storage);
  assert.deepEqual(after.outbox.pending(ROOM).map((each) => each.text), ["two", "three"]);
  after.outbox.flush();
  assert.equal(after.tries[0]?.send.clientId, before.tries[1]?.send.clientId);
});

Deno.test("Outbox sends nothing before it is stored", async () => {
  const storage = createMemoryOutboxStorage();
  const put = Promise.withResolvers<void>();
  const { outbox, tries } = await setUp({ ...storage, put: () => put.promise });
  const adding = outbox.add(write("one"));
  await settle();
  outbox.flush();
  assert.equal(tries.length, 0);
  assert.equal(outbox.pending(ROOM).length, 1);
  put.resolve();
  await adding;
  assert.equal(tries.length, 1);
});

Deno.test("Outbox lets go of a message that the log has shown, and ignores the late answer", async () => {
  const { outbox, tries, stored } = await setUp();
  const send = write("one");
  await outbox.add(send);
  outbox.confirm(send.clientId);
  assert.deepEqual(outbox.pending(ROOM), []);
  await tries[0]?.answer(1, true);
  assert.deepEqual(stored, ["one"]);
  await outbox.add(write("two"));
  assert.equal(tries[1]?.send.text, "two");
});

Deno.test("Outbox shows an acknowledged message until the log shows it, and sends the next", async () => {
  const { outbox, tries } = await setUp(createMemoryOutboxStorage(), () => false);
  const send = write("one");
  await outbox.add(send);
  await outbox.add(write("two"));
  await tries[0]?.answer(2);
  assert.deepEqual(outbox.pending(ROOM).map((each) => each.text), ["one", "two"]);
  assert.deepEqual(tries.map((each) => each.send.text), ["one", "two"]);
  outbox.flush();
  assert.equal(tries.length, 2);
  outbox.confirm(send.clientId);
  assert.deepEqual(outbox.pending(ROOM).map((each) => each.text), ["two"]);
});

Deno.test("Outbox lets go of an acknowledged message that the log has come past unseen", async () => {
  const { outbox, tries } = await setUp(createMemoryOutboxStorage(), () => false);
  await outbox.add(write("one"));
  await outbox.add(write("two"));
  await tries[0]?.answer(5, true);
  outbox.reached(ROOM, 4);
  outbox.reached(OTHER, 9);
  assert.deepEqual(outbox.pending(ROOM).map((each) => each.text), ["one", "two"]);
  outbox.reached(ROOM, 5);
  assert.deepEqual(outbox.pending(ROOM).map((each) => each.text), ["two"]);
  outbox.reached(ROOM, Infinity);
  assert.deepEqual(outbox.pending(ROOM).map((each) => each.text), ["two"]);
});

Deno.test("Outbox goes on after a message that the log confirmed got no answer", async () => {
  const { outbox, tries } = await setUp();
  const send = write("one");
  await outbox.add(send);
  await outbox.add(write("two"));
  outbox.confirm(send.clientId);
  await tries[0]?.fail("timeout");
  assert.deepEqual(tries.map((each) => each.send.text), ["one", "two"]);
});

Deno.test("Outbox gives up on what the server fails to store again and again", async () => {
  const { outbox, tries, timers } = await setUp();
  await outbox.add(write("one"));
  // Tries without a connection say nothing about the message.
  for (let round = 0; round < 10; round++) {
    await tries.at(-1)?.fail("unavailable");
    await timers.pass(60_000);
  }
  for (let round = 0; round < 5; round++) {
    await tries.at(-1)?.fail("internal");
    await timers.pass(60_000);
  }
  assert.equal(outbox.pending(ROOM)[0]?.state, "failed");
  assert.equal(tries.length, 15);
});

Deno.test("Outbox keeps over a restart whom a message answers and mentions, and its files", async () => {
  const storage = createMemoryOutboxStorage();
  const before = await setUp(storage);
  const said = { replyTo: 3, mentions: [OTHER], mentionsAll: true } as const;
  const attachments = [
    { id: newClientId(), name: "a.png", type: "image/png", size: 9, sha256: "aa", width: 3 },
  ];
  await before.outbox.add({ ...write("one"), ...said, mentions: [...said.mentions], attachments });
  before.outbox.close();
  const after = await setUp(storage);
  after.outbox.flush();
  const { replyTo, mentions, mentionsAll } = after.tries[0]?.send ?? {};
  assert.deepEqual({ replyTo, mentions, mentionsAll }, said);
  assert.deepEqual(after.tries[0]?.send.attachments, attachments);
  assert.deepEqual(
    after.outbox.pending(ROOM),
    [after.tries[0]?.send].map((send) => {
      assert.ok(send);
      return plainOf(send);
    }),
  );
});

/** What others see of an entry: nothing of its way. */
function plainOf(
  { clientId, conversation, text, at, state, replyTo, mentions, mentionsAll, attachments }:
    PendingMessage,
): unknown {
  return { clientId, conversation, text, at, state, replyTo, mentions, mentionsAll, attachments };
}
