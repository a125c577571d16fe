import assert from "node:assert/strict";
import { ApiError } from "../../client/api.ts";
import { type ConversationLog, createConversationLog } from "../../client/conversation_log.ts";
import type { Answers } from "../../lib/protocol/frames.ts";
import type { Message } from "../../lib/protocol/model.ts";
import { createFakeTimers, type FakeTimers, settle } from "../support/fake_timers.ts";

const ROOM = "00000000-0000-7000-8000-000000000001";
const ANN = "00000000-0000-7000-8000-00000000000a";

function message(seq: number, rev = seq, text = `message ${seq}`): Message {
  const id = `00000000-0000-7000-8000-${String(seq).padStart(12, "0")}`;
  return {
    id,
    conversation: ROOM,
    seq,
    rev,
    sender: ANN,
    clientId: id,
    kind: "text",
    text,
    at: "2026-01-01T00:00:00.000Z",
  };
}

/** A log over a server that has `stored`, answering at once or when it is let. */
function setUp(stored: Message[] = []): {
  log: ConversationLog;
  timers: FakeTimers;
  asked: string[];
  lost: () => number;
  reached: number[];
  server: { stored: Message[]; page: number; kept: number; fail: ApiError | undefined };
} {
  const timers = createFakeTimers();
  const asked: string[] = [];
  const server = { stored, page: 100, kept: Infinity, fail: undefined as ApiError | undefined };
  let lost = 0;
  const reached: number[] = [];
  const byRev = () => [...server.stored].sort((a, b) => a.rev - b.rev);
  const log = createConversationLog({
    sync: (since): Promise<Answers["conversation.sync"]> => {
      asked.push(`sync ${since}`);
      if (server.fail !== undefined) return Promise.reject(server.fail);
      const after = byRev().filter((each) => each.rev > since);
      return Promise.resolve({
        messages: after.slice(0, server.page),
        seq: server.stored.length,
        rev: byRev().at(-1)?.rev ?? 0,
        more: after.length > server.page,
      });
    },
    history: (before): Promise<Answers["conversation.history"]> => {
      asked.push(`history ${before ?? "newest"}`);
      const older = server.stored.filter((each) => each.seq < (before ?? Infinity))
        .sort((a, b) => a.seq - b.seq);
      return Promise.resolve({
        messages: older.slice(-server.page),
        more: older.length > server.page,
      });
    },
    reach: () => 1_000,
    kept: () => server.kept,
    lost: () => void lost++,
    reached: (rev) => void reached.push(rev),
    changed: () => {},
  }, timers);
  return { log, timers, asked, lost: () => lost, reached, server };
}

const seqs = (log: ConversationLog) => log.messages().map((each) => each.seq);

Deno.test("ConversationLog applies the next revision and moves the cursor", async () => {
  const { log, asked } = setUp();
  log.head(0, 0);
  await log.open();
  log.change(1, message(1));
  log.change(2, message(2));
  assert.deepEqual(seqs(log), [1, 2]);
  assert.equal(log.cursor(), 2);
  assert.deepEqual(asked, ["history newest"]);
});

Deno.test("ConversationLog drops what it has had", async () => {
  const { log } = setUp();
  log.head(0, 0);
  await log.open();
  log.change(1, message(1));
  log.change(1, message(1, 1, "again"));
  assert.deepEqual(log.messages().map((each) => each.text), ["message 1"]);
});

Deno.test("ConversationLog holds a later revision until the missing one comes", async () => {
  const { log, timers, asked } = setUp();
  log.head(0, 0);
  await log.open();
  log.change(2, message(2));
  assert.deepEqual(seqs(log), []);
  await timers.pass(149);
  log.change(1, message(1));
  assert.deepEqual(seqs(log), [1, 2]);
  await timers.pass(1_000);
  assert.deepEqual(asked, ["history newest"]);
});

Deno.test("ConversationLog syncs a gap after 150 ms, once", async () => {
  const { log, timers, asked, server } = setUp();
  log.head(0, 0);
  await log.open();
  server.stored = [1, 2, 3].map((seq) => message(seq));
  log.change(3, message(3));
  await timers.pass(150);
  assert.deepEqual(asked, ["history newest", "sync 0"]);
  assert.deepEqual(seqs(log), [1, 2, 3]);
  assert.equal(log.cursor(), 3);
});

Deno.test("ConversationLog syncs at once when a head is ahead, page by page", async () => {
  const { log, asked, server } = setUp();
  log.head(0, 0);
  await log.open();
  server.page = 2;
  server.stored = [1, 2, 3, 4, 5].map((seq) => message(seq));
  log.head(5, 5);
  await settle();
  assert.deepEqual(asked.slice(1), ["sync 0", "sync 2", "sync 4"]);
  assert.deepEqual(seqs(log), [1, 2, 3, 4, 5]);
});

Deno.test("ConversationLog takes the last page's rev, past revisions that were overwritten", async () => {
  const { log, server } = setUp();
  log.head(0, 0);
  await log.open();
  // Message 1 was changed at revisions 3 and 4; only the latest is sent.
  server.stored = [message(1, 4, "changed twice"), message(2, 2)];
  log.head(2, 4);
  await settle();
  assert.equal(log.cursor(), 4);
  log.change(5, message(3, 5));
  assert.deepEqual(seqs(log), [1, 2, 3]);
});

Deno.test("ConversationLog moves on over a change that it may not see", async () => {
  const { log } = setUp();
  log.head(0, 0);
  await log.open();
  log.change(1);
  log.change(2, message(1, 2));
  assert.equal(log.cursor(), 2);
  assert.deepEqual(seqs(log), [1]);
});

Deno.test("ConversationLog replaces a message only by a later revision of it", async () => {
  const { log } = setUp();
  log.head(0, 0);
  await log.open();
  log.change(1, message(1));
  log.change(2, message(1, 2, "edited"));
  assert.deepEqual(log.messages().map((each) => each.text), ["edited"]);
  assert.equal(log.cursor(), 2);
});

Deno.test("ConversationLog does not let history move the cursor", async () => {
  const { log, server } = setUp([1, 2, 3].map((seq) => message(seq)));
  log.head(2, 2);
  server.stored = [1, 2, 3].map((seq) => message(seq));
  await log.open();
  assert.equal(log.cursor(), 2);
  log.change(3, message(3));
  assert.deepEqual(seqs(log), [1, 2, 3]);
  assert.equal(log.cursor(), 3);
});

Deno.test("ConversationLog keeps what comes live while the first page is on its way", async () => {
  const { log } = setUp([1, 2].map((seq) => message(seq)));
  log.head(2, 2);
  const opening = log.open();
  log.change(3, message(3));
  log.change(4, message(4));
  await opening;
  assert.deepEqual(seqs(log), [1, 2, 3, 4]);
});

Deno.test("ConversationLog pages back to the beginning", async () => {
  const { log, server } = setUp([1, 2, 3, 4, 5].map((seq) => message(seq)));
  server.page = 2;
  log.head(5, 5);
  await log.open();
  assert.deepEqual(seqs(log), [4, 5]);
  await log.loadOlder();
  await log.loadOlder();
  assert.deepEqual(seqs(log), [1, 2, 3, 4, 5]);
  assert.equal(log.hasOlder(), false);
});

Deno.test("ConversationLog forgets its window when the head is more than 1,000 ahead", () => {
  const { log, asked, lost } = setUp();
  log.head(1, 1);
  log.head(1_002, 1_002);
  assert.equal(lost(), 1);
  assert.equal(log.cursor(), 1_002);
  assert.equal(log.loaded(), false);
  assert.deepEqual(asked, []);
});

Deno.test("ConversationLog starts over when a connection's head is below its cursor", () => {
  const { log, lost } = setUp();
  log.head(0, 9);
  log.restart(4, 4);
  assert.equal(lost(), 1);
  assert.equal(log.cursor(), 4);
});

Deno.test("ConversationLog does not mistake a late head for another history", () => {
  const { log, lost } = setUp();
  log.head(9, 9);
  log.head(8, 8);
  assert.equal(lost(), 0);
  assert.equal(log.cursor(), 9);
});

Deno.test("ConversationLog tries a failed sync again", async () => {
  const { log, timers, server } = setUp();
  log.head(0, 0);
  await log.open();
  server.fail = new ApiError({ code: "unavailable", status: 0, message: "connection lost" });
  server.stored = [message(1)];
  log.head(1, 1);
  await settle();
  assert.deepEqual(seqs(log), []);
  server.fail = undefined;
  await timers.pass(5_000);
  assert.deepEqual(seqs(log), [1]);
});

Deno.test("ConversationLog syncs a gap also while later changes keep coming", async () => {
  const { log, timers, asked, server } = setUp();
  log.head(0, 0);
  await log.open();
  server.stored = Array.from({ length: 20 }, (_, index) => message(index + 1));
  log.change(1, message(1));
  for (let rev = 3; rev <= 12; rev++) {
    log.change(rev, message(rev));
    await timers.pass(100);
  }
  assert.ok(asked.includes("sync 1"), asked.join());
  assert.equal(log.messages().length, 20);
});

Deno.test("ConversationLog does not forget a head that comes during a sync", async () => {
  const { log, asked, server } = setUp();
  log.head(0, 0);
  await log.open();
  server.stored = [message(1), message(2)];
  log.head(2, 2);
  // On its way already; its answer is older than this head.
  server.stored = [message(1), message(2), message(3)];
  log.head(3, 3);
  await settle();
  assert.equal(log.cursor(), 3);
  assert.equal(asked.at(-1), "sync 2");
});

Deno.test("ConversationLog keeps to the back-off of a failed sync whatever comes meanwhile", async () => {
  const { log, timers, asked, server } = setUp();
  log.head(0, 0);
  await log.open();
  server.fail = new ApiError({ code: "unavailable", status: 0, message: "connection lost" });
  log.head(5, 5);
  await settle();
  log.change(7, message(7));
  log.change(8, message(8));
  await settle();
  assert.equal(asked.filter((each) => each.startsWith("sync")).length, 1);
  server.fail = undefined;
  server.stored = Array.from({ length: 8 }, (_, index) => message(index + 1));
  log.restart(8, 8);
  await timers.pass(0);
  assert.equal(log.cursor(), 8);
});

Deno.test("ConversationLog says how far it has come, also over what it may not see", async () => {
  const { log, reached, server } = setUp();
  log.head(0, 0);
  await log.open();
  log.change(1, message(1));
  log.change(2);
  server.stored = [message(5)];
  log.head(5, 5);
  await settle();
  assert.deepEqual(reached, [1, 2, 5]);
});

Deno.test("ConversationLog begins behind what was said while its reader was away for good", async () => {
  const { log, server } = setUp([message(1), message(2)]);
  log.head(2, 2);
  await log.open();
  // Removed after 2, back after 4: neither 3 nor 4 will ever come.
  server.stored = [message(5), message(6)];
  log.head(6, 6);
  await settle();
  assert.deepEqual([seqs(log), log.hasOlder()], [[5, 6], true]);
  await log.loadOlder();
  assert.deepEqual([seqs(log), log.hasOlder()], [[5, 6], false]);
  log.change(7);
  log.change(8, message(8));
  assert.deepEqual(seqs(log), [8]);
});

Deno.test("ConversationLog keeps a window of which a page is still to come", async () => {
  const { log, server } = setUp([message(1), message(2), message(3)]);
  log.head(3, 3);
  await log.open();
  server.page = 1;
  // 4 was changed after 5 was said, so it comes behind it.
  server.stored = [message(1), message(2), message(3), message(4, 6), message(5, 5)];
  const shown: number[][] = [];
  log.head(5, 6);
  for (let turn = 0; turn < 20; turn++) {
    shown.push(seqs(log));
    await Promise.resolve();
  }
  assert.ok(shown.every((each) => each[0] === 1), JSON.stringify(shown));
  assert.deepEqual(seqs(log), [1, 2, 3, 4, 5]);
});

Deno.test("ConversationLog looks for older messages once the history is shown", async () => {
  const { log, server } = setUp();
  log.head(2, 2);
  await log.open();
  assert.deepEqual([seqs(log), log.hasOlder()], [[], false]);
  server.stored = [message(1), message(2)];
  log.reveal();
  assert.equal(log.hasOlder(), true);
  await log.loadOlder();
  assert.deepEqual([seqs(log), log.hasOlder()], [[1, 2], false]);
  log.reveal();
  assert.equal(log.hasOlder(), false);
});

Deno.test("ConversationLog does not show a page's older version of what was changed meanwhile", async () => {
  const { log, server } = setUp([1, 2, 3, 4].map((seq) => message(seq)));
  server.page = 2;
  log.head(4, 4);
  await log.open();
  const older = log.loadOlder();
  // The page was read already.
  log.change(5, message(2, 5, "recalled"));
  await older;
  assert.deepEqual(log.messages().map(({ text }) => text), [
    "message 1",
    "recalled",
    "message 3",
    "message 4",
  ]);
});

Deno.test("ConversationLog goes on from a head without what was said up to it, and loses nothing behind", async () => {
  const { log, asked, reached, lost, server } = setUp([1, 2].map((seq) => message(seq)));
  log.head(2, 2);
  await log.open();
  // Said by this person: it comes but once, and before what it follows.
  log.change(9, message(9));
  log.skip(8, 8);
  assert.deepEqual([log.cursor(), log.loaded(), log.newest()?.seq], [9, false, 9]);
  assert.deepEqual([reached, lost()], [[8, 9], 0]);
  // An older head is none.
  log.skip(7, 7);
  assert.equal(log.cursor(), 9);
  server.stored = [8, 9].map((seq) => message(seq));
  await log.open();
  assert.deepEqual(seqs(log), [8, 9]);
  assert.deepEqual(asked, ["history newest", "history newest"]);
});

Deno.test("ConversationLog starts over instead of syncing a gap that is out of its reach", async () => {
  const { log, timers, asked, lost } = setUp();
  log.head(1, 1);
  log.change(1_500, message(1_500));
  await timers.pass(150);
  assert.deepEqual([asked, lost(), log.cursor()], [[], 1, 1_500]);
});

Deno.test("ConversationLog drops what may not be read any longer, also from a page on its way", async () => {
  const { log, server } = setUp([1, 2, 3, 4, 5, 6].map((seq) => message(seq)));
  server.page = 4;
  log.head(6, 6);
  await log.open();
  const older = log.loadOlder();
  log.conceal(5);
  await older;
  assert.deepEqual([seqs(log), log.loaded(), log.hasOlder()], [[5, 6], true, true]);
  log.conceal(5);
  assert.deepEqual(seqs(log), [5, 6]);
  log.change(7, message(7));
  assert.deepEqual(seqs(log), [5, 6, 7]);
  log.conceal(Infinity);
  assert.deepEqual([seqs(log), log.loaded(), log.cursor()], [[], false, 7]);
});

Deno.test("ConversationLog keeps no more than it is to once nobody looks", async () => {
  const { log, server } = setUp(Array.from({ length: 300 }, (_, n) => message(n + 1)));
  log.head(300, 300);
  await log.open();
  await log.loadOlder();
  const range = () => [log.messages()[0]?.seq, log.messages().at(-1)?.seq];
  assert.deepEqual(range(), [101, 300]);
  server.kept = 50;
  log.trim();
  assert.deepEqual([...range(), log.hasOlder()], [251, 300, true]);
  for (let seq = 301; seq <= 400; seq++) {
    server.stored.push(message(seq));
    log.change(seq, message(seq));
  }
  assert.deepEqual(range(), [351, 400]);
  // What was let go is there for whoever looks again.
  server.kept = Infinity;
  await log.open();
  await log.loadOlder();
  assert.deepEqual(range(), [251, 400]);
});
