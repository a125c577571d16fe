/// <reference lib="dom" />
import assert from "node:assert/strict";
import { createEvents } from "../../client/events.ts";
import type { ClientEvents } from "../../client/views.ts";
import type { Message } from "../../lib/protocol/model.ts";
import { createThreadStore, NOT_REACHED } from "../../web/stores/thread.ts";

const PAGE = 50;

function messageAt(seq: number): Message {
  return {
    ...{ id: `m${seq}`, conversation: "room", seq, rev: seq, sender: "ann", clientId: `k${seq}` },
    ...{ kind: "text", text: "hello", at: "2026-01-01T00:00:00.000Z" },
  };
}

/** A thread of the messages from `first` on, of which the newest page is there. */
function createThread(newest: number, first = 1) {
  const from = (seq: number) =>
    Array.from({ length: newest - seq + 1 }, (_, at) => messageAt(seq + at));
  let shown = newest - PAGE + 1;
  const asked = { times: 0, failing: false };
  const live: string[] = [];
  const store = createThreadStore({
    on: createEvents<ClientEvents>().on,
    conversations: { get: () => undefined },
    thread: {
      view: () => ({
        ...{ messages: from(shown), pending: [], hasOlder: shown > first },
        ...{ loaded: true, typers: [] },
      }),
      loadOlder: async () => {
        asked.times++;
        live.push(thread.older.peek());
        await Promise.resolve();
        if (asked.failing) throw new Error("no connection");
        shown = Math.max(first, shown - PAGE);
      },
      open: async () => {},
      close: () => {},
      send: () => Promise.resolve("k"),
    },
  });
  const thread = store.of("room");
  return { thread, asked, live };
}

/** A task later, as the log waits for the rendering. */
const task = () => new Promise((resolve) => setTimeout(resolve));

Deno.test("Thread loads what it takes to reach a message, in silence", async () => {
  const { thread, asked, live } = createThread(500);
  await thread.reveal(320);
  assert.deepEqual(thread.target.value, { seq: 320 });
  assert.equal(asked.times, 3);
  assert.deepEqual(live, ["loading", "loading", "loading"]);
  assert.equal(thread.older.value, "loading", "until the rows are drawn");
  await task();
  assert.equal(thread.older.value, "idle");
});

Deno.test("Thread stops at the first page that does not come, and says so", async () => {
  const { thread, asked } = createThread(500);
  asked.failing = true;
  await thread.reveal(320);
  await task();
  assert.equal(asked.times, 1);
  assert.equal(thread.older.value, "failed");
  assert.match(String(thread.refused.value), /no connection/);
  assert.equal(thread.target.value, undefined);
});

Deno.test("Thread says that a message is too far back, or hidden", async () => {
  const far = createThread(2_000);
  await far.thread.reveal(1);
  assert.equal(far.thread.refused.value, NOT_REACHED);
  assert.equal(far.asked.times, 20);
  const hidden = createThread(500, 440);
  await hidden.thread.reveal(10);
  assert.equal(hidden.thread.refused.value, NOT_REACHED);
  assert.equal(hidden.asked.times, 1);
  await task();
});

Deno.test("Thread loads one page at a time, whoever asks for it", async () => {
  const { thread, asked } = createThread(500);
  await Promise.all([thread.loadOlder(), thread.loadOlder()]);
  assert.equal(asked.times, 1);
  assert.equal(thread.view.value.messages[0]?.seq, 401);
  await task();
});
