import assert from "node:assert/strict";
import { ApiError } from "../../client/api.ts";
import { createDrafts, type Drafts } from "../../client/drafts.ts";
import { createFakeTimers, type FakeTimers, settle } from "../support/fake_timers.ts";

type Save = { text: string; done(): Promise<void>; fail(code: string): Promise<void> };

/** A server that has drafts, and takes new ones when it is let. */
function setUp(): {
  drafts: Drafts;
  timers: FakeTimers;
  saves: Save[];
  server: Map<string, string>;
  shown: () => string;
} {
  const timers = createFakeTimers();
  const saves: Save[] = [];
  const server = new Map<string, string>();
  const drafts = createDrafts({
    save: (conversation, text) =>
      new Promise((resolve, reject) => {
        saves.push({
          text,
          done: () => {
            server.set(conversation, text);
            resolve();
            return settle();
          },
          fail: (code) => {
            reject(new ApiError({ code, status: 0, message: code }));
            return settle();
          },
        });
      }),
    stored: (conversation) => server.get(conversation) ?? "",
    changed: () => {},
    timers,
  });
  const shown = () => drafts.get("room", server.get("room") ?? "");
  return { drafts, timers, saves, server, shown };
}

Deno.test("Drafts are stored a second after the last key, the latest only", async () => {
  const { drafts, timers, saves, shown } = setUp();
  for (const text of ["h", "he", "hel"]) {
    drafts.set("room", text);
    await timers.pass(900);
  }
  assert.deepEqual([saves.length, shown()], [0, "hel"]);
  await timers.pass(100);
  assert.deepEqual(saves.map(({ text }) => text), ["hel"]);
  drafts.set("room", "hello");
  await timers.pass(5_000);
  // One at a time, so that an earlier one does not replace a later one.
  assert.equal(saves.length, 1);
  await saves[0]?.done();
  assert.equal(shown(), "hello");
  await timers.pass(1_000);
  assert.deepEqual(saves.map(({ text }) => text), ["hel", "hello"]);
  await saves[1]?.done();
  await timers.pass(60_000);
  assert.deepEqual([saves.length, shown()], [2, "hello"]);
});

Deno.test("Drafts show what another device changed, unless something is typed here", async () => {
  const { drafts, timers, saves, server, shown } = setUp();
  server.set("room", "from my phone");
  assert.equal(shown(), "from my phone");
  drafts.set("room", "from here");
  server.set("room", "from my phone, later");
  assert.equal(shown(), "from here");
  await timers.pass(1_000);
  server.set("room", "from my phone, again");
  assert.equal(shown(), "from here");
  await saves[0]?.done();
  server.set("room", "and again");
  assert.equal(shown(), "and again");
});

Deno.test("Drafts that were sent before they were stored are nobody's business", async () => {
  const { drafts, timers, saves } = setUp();
  drafts.set("room", "hello");
  drafts.set("room", "");
  await timers.pass(60_000);
  assert.equal(saves.length, 0);
});

Deno.test("Drafts that were sent while they were stored are taken back", async () => {
  const { drafts, timers, saves, shown } = setUp();
  drafts.set("room", "hello");
  await timers.pass(1_000);
  drafts.set("room", "");
  await saves[0]?.done();
  assert.equal(shown(), "");
  // At once: after a second the page may have ended, and what was sent would be a draft again.
  assert.deepEqual(saves.map(({ text }) => text), ["hello", ""]);
  await saves[1]?.done();
  drafts.set("room", "hello again");
  await timers.pass(1_000);
  await saves[2]?.done();
  drafts.set("room", "");
  assert.deepEqual(saves.slice(2).map(({ text }) => text), ["hello again", ""]);
});

Deno.test("Drafts that are flushed while they are stored are stored to the last key", async () => {
  const { drafts, timers, saves, server } = setUp();
  drafts.set("room", "hel");
  await timers.pass(1_000);
  drafts.set("room", "hello");
  let flushed = false;
  const flushing = drafts.flush().then(() => flushed = true);
  await saves[0]?.done();
  assert.deepEqual([flushed, saves.map(({ text }) => text)], [false, ["hel", "hello"]]);
  await saves[1]?.done();
  await flushing;
  assert.equal(server.get("room"), "hello");
});

Deno.test("Drafts are stored at once when somebody looks elsewhere", async () => {
  const { drafts, saves } = setUp();
  drafts.set("room", "hello");
  drafts.set("other", "there");
  const flushed = drafts.flush();
  assert.deepEqual(saves.map(({ text }) => text), ["hello", "there"]);
  await saves[0]?.done();
  await saves[1]?.fail("unavailable");
  await flushed;
});

Deno.test("Drafts are stored again after a failure, and kept here if the server will not have them", async () => {
  const { drafts, timers, saves, shown } = setUp();
  drafts.set("room", "hello");
  await timers.pass(1_000);
  await saves[0]?.fail("unavailable");
  await timers.pass(1_000);
  assert.equal(saves.length, 2);
  await saves[1]?.fail("invalid");
  await timers.pass(60_000);
  assert.deepEqual([saves.length, shown()], [2, "hello"]);
  drafts.set("room", "hello again");
  await timers.pass(1_000);
  assert.equal(saves.length, 3);
});

Deno.test("Drafts stop when they are closed or forgotten", async () => {
  const { drafts, timers, saves, shown } = setUp();
  drafts.set("room", "hello");
  drafts.forget("room");
  assert.equal(shown(), "");
  drafts.set("room", "hello");
  drafts.close();
  await timers.pass(60_000);
  assert.equal(saves.length, 0);
});
