import assert from "node:assert/strict";
import { ANSWER_WITHIN, answerOverdue, createDispatch } from "../../chat/dispatch.ts";
import type { Appended, Appender } from "../../chat/appender.ts";
import { AppError } from "../../lib/errors.ts";
import { newId } from "../../lib/ids.ts";
import { createLog } from "../../lib/log.ts";
import { LIMITS } from "../../lib/protocol/codes.ts";
import { createFakeClock } from "../support/clock.ts";
import { createFakeAppend, createFakeLog, createFakeServices } from "../support/fake_services.ts";
import { openTestSession } from "../support/fake_session.ts";

const conversation = newId();

function setUp(append: Appender["append"] = createFakeAppend(), limits = false) {
  const clock = createFakeClock();
  const log = createFakeLog();
  const dispatch = createDispatch(createFakeServices(clock, append), log);
  const opened = openTestSession({ clock, limits });
  return {
    ...opened,
    clock,
    log,
    dispatch: (frame: unknown) =>
      dispatch(opened.session, typeof frame === "string" ? frame : JSON.stringify(frame)),
    /** Of the answers, what decides about them. */
    codes: () =>
      opened.frames().map((frame): readonly [string, unknown] => {
        const ref = "ref" in frame ? frame.ref : undefined;
        return frame.type === "error" ? [frame.code, ref] : [frame.type, ref];
      }),
  };
}

function send(ref: number | undefined, more: object = {}) {
  return {
    type: "message.send",
    ...(ref !== undefined && { ref }),
    conversation,
    clientId: newId(),
    kind: "text",
    text: "hello",
    ...more,
  };
}

/** Every promise that is settled by now has told. */
function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

Deno.test("createDispatch answers ok with what the handler answers", async () => {
  const { dispatch, frames } = setUp();
  dispatch(send(5));
  await settled();
  const [answer] = frames();
  assert.ok(answer?.type === "ok");
  const { id, ...rest } = answer;
  assert.ok(id);
  assert.deepEqual(rest, {
    type: "ok",
    ref: 5,
    seq: 1,
    rev: 1,
    at: "2026-01-02T03:04:05.678Z",
    duplicate: false,
  });
});

Deno.test("createDispatch gives the sender of the session, not one of the frame", async () => {
  const append = createFakeAppend();
  const { dispatch, session, codes } = setUp(append);
  dispatch(send(1));
  dispatch(send(2, { sender: newId() }));
  await settled();
  assert.deepEqual(append.submissions.map(({ sender, connection }) => [sender, connection]), [
    [session.user, session.connection],
  ]);
  assert.deepEqual(new Map(codes()), new Map([["ok", 1], ["invalid", 2]]));
});

Deno.test("createDispatch takes a message without a text where it has files, each once", async () => {
  const append = createFakeAppend();
  const { dispatch, frames, codes } = setUp(append);
  const [file, other] = [newId(), newId()];
  const wrong: [object, RegExp][] = [
    [{ text: "" }, /^text: .*no attachments/],
    [{ attachments: [] }, /^attachments/],
    [{ attachments: [file, other, file] }, /^attachments: .*once/],
    [{ attachments: [file.toUpperCase()] }, /^attachments\.0/],
    [{ attachments: file }, /^attachments/],
    [{ attachments: Array.from({ length: LIMITS.attachments + 1 }, newId) }, /^attachments/],
    [{ text: "x".repeat(LIMITS.textCharacters + 1), attachments: [file] }, /^text/],
  ];
  wrong.forEach(([more], n) => dispatch(send(n + 1, more)));
  await settled();
  assert.deepEqual(codes(), wrong.map((_, n) => ["invalid", n + 1]));
  for (const [n, frame] of frames().entries()) {
    assert.ok(frame.type === "error");
    assert.match(frame.message, wrong[n]?.[1] ?? /^$/);
  }
  assert.equal(append.submissions.length, 0);
  dispatch(send(20, { text: "", attachments: [other, file] }));
  dispatch(send(21, { attachments: Array.from({ length: LIMITS.attachments }, newId) }));
  await settled();
  assert.deepEqual(
    append.submissions.map(({ text, attachments = [] }) => [text, attachments.length]),
    [["", 2], ["hello", LIMITS.attachments]],
  );
  assert.deepEqual(append.submissions[0]?.attachments, [other, file]);
});

Deno.test("createDispatch answers an AppError with its code and whole seconds to wait", async () => {
  const { dispatch, frames } = setUp(() =>
    Promise.reject(new AppError("unavailable", "come back later", { retryAfter: 1.2 }))
  );
  dispatch(send(9));
  await settled();
  assert.deepEqual(frames(), [
    { type: "error", ref: 9, code: "unavailable", message: "come back later", retryAfter: 2 },
  ]);
});

const failures: Record<string, Appender["append"]> = {
  "throws": () => {
    throw new Error("hunter2");
  },
  "rejects": () => Promise.reject(new Error("hunter2")),
  "rejects with no error at all": () => Promise.reject("hunter2"),
};
for (const [what, append] of Object.entries(failures)) {
  Deno.test(`createDispatch answers internal, and no detail, when a handler ${what}`, async () => {
    const { dispatch, codes, socket, log } = setUp(append);
    dispatch(send(3));
    await settled();
    assert.deepEqual(codes(), [["internal", 3]]);
    assert.ok(!socket.sent.join().includes("hunter2"));
    assert.match(log.lines.join("\n"), /message\.send .*hunter2/);
  });
}

Deno.test("createDispatch answers what is no frame with a null ref", async () => {
  const { dispatch, codes } = setUp();
  const texts = ["", "{", "nonsense", "[]", "null", "1", '"ping"', '{"type":"ping",}'];
  for (const text of texts) dispatch(text);
  await settled();
  assert.deepEqual(codes(), texts.map(() => ["invalid", null]));
});

Deno.test("createDispatch refuses types that do not exist", async () => {
  const { dispatch, codes } = setUp();
  const types = [undefined, null, 7, {}, ["ping"], "", "Ping", "message.sent", "__proto__"];
  const inherited = ["constructor", "toString", "hasOwnProperty"];
  for (const type of [...types, ...inherited]) dispatch({ type, ref: 4 });
  await settled();
  assert.deepEqual(codes(), [...types, ...inherited].map(() => ["invalid", 4]));
});

Deno.test("createDispatch answers a frame that is as deep as it may be, and none that is deeper by its ref", async () => {
  const { dispatch, frames, codes } = setUp();
  const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
  dispatch(`{"ref":1,"type":"ping","more":${nested(LIMITS.jsonDepth - 1)}}`);
  dispatch(`{"ref":2,"type":"ping","more":${nested(LIMITS.jsonDepth)}}`);
  dispatch(`{"ref":3,"type":${nested(30_000)}}`);
  dispatch(`{"ref":4,"type":${"[".repeat(30_000)}`);
  await settled();
  assert.equal(frames().length, 4);
  const refused = ["invalid", null];
  assert.deepEqual(codes(), [["invalid", 1], refused, refused, refused]);
});

Deno.test("createDispatch logs no more of a frame that is refused than a type that there is", async () => {
  const lines: string[] = [];
  const log = createLog("json", "debug", (line) => lines.push(line));
  const { session, clock } = setUp();
  const dispatch = createDispatch(createFakeServices(clock, createFakeAppend()), log);
  dispatch(session, JSON.stringify({ type: "what I never said to anybody", ref: 1 }));
  dispatch(session, JSON.stringify({ type: { text: "what I never said" }, ref: 2 }));
  dispatch(session, JSON.stringify(send(3, { text: "" })));
  await settled();
  assert.deepEqual(
    lines.map((line) => JSON.parse(line)).map(({ event, type, code }) => [event, type, code]),
    [
      ["frame.refused", "unknown", "invalid"],
      ["frame.refused", "unknown", "invalid"],
      ["frame.refused", "message.send", "invalid"],
    ],
  );
});

Deno.test("createDispatch refuses fields that it does not know", async () => {
  const append = createFakeAppend();
  const { dispatch, codes } = setUp(append);
  dispatch({ type: "ping", ref: 1, more: 1 });
  dispatch('{"type":"ping","ref":2,"__proto__":{"a":1}}');
  dispatch(send(3, { role: "owner" }));
  await settled();
  assert.deepEqual(codes(), [["invalid", 1], ["invalid", 2], ["invalid", 3]]);
  assert.deepEqual(append.submissions, []);
});

Deno.test("createDispatch refuses refs that are no positive whole numbers", async () => {
  const append = createFakeAppend();
  const { dispatch, codes } = setUp(append);
  const refs = [0, -1, 1.5, 2 ** 53, "1", null, {}, true];
  for (const ref of refs) dispatch(send(undefined, { ref }));
  await settled();
  assert.deepEqual(codes(), refs.map(() => ["invalid", null]));
  assert.deepEqual(append.submissions, []);
});

Deno.test("createDispatch takes texts by code points, and only what can be stored", async () => {
  const append = createFakeAppend();
  const { dispatch, codes } = setUp(append);
  const max = LIMITS.textCharacters;
  const good = ["x", "x".repeat(max), "👋".repeat(max), " ", "\u0001"];
  const bad = ["", "x".repeat(max + 1), "👋".repeat(max + 1), "a\0b", "\ud800", "\udc00x"];
  for (const text of [...good, ...bad]) dispatch(send(1, { text }));
  await settled();
  assert.deepEqual(codes().filter(([type]) => type === "ok").length, good.length);
  assert.deepEqual(codes().filter(([type]) => type === "invalid").length, bad.length);
  assert.deepEqual(append.submissions.map(({ text }) => text), good);
});

Deno.test("createDispatch refuses fields of the wrong kind", async () => {
  const { dispatch, codes } = setUp();
  const wrong: object[] = [
    { conversation: "x" },
    { conversation: conversation.toUpperCase() },
    { clientId: 1 },
    { kind: "system" },
    { text: 1 },
    { replyTo: 0 },
    { replyTo: 1.5 },
    { mentions: "all" },
    { mentions: ["x"] },
    { mentions: Array.from({ length: 101 }, newId) },
  ];
  for (const change of wrong) dispatch(send(1, change));
  const pages = [{ since: -1 }, { since: 0, limit: 0 }, { since: 0, limit: 301 }, {}];
  for (const page of pages) dispatch({ type: "conversation.sync", ref: 1, conversation, ...page });
  dispatch({ type: "conversation.history", ref: 1, conversation, limit: 201 });
  dispatch({ type: "conversation.history", ref: 1, conversation, before: 0 });
  dispatch({ type: "receipt.read", ref: 1, conversation, seq: -1 });
  await settled();
  assert.deepEqual(codes(), codes().map(() => ["invalid", 1]));
  assert.equal(codes().length, wrong.length + pages.length + 3);
});

Deno.test("createDispatch answers no ok to a frame without a ref, and every error", async () => {
  const append = createFakeAppend();
  const { dispatch, codes } = setUp(append);
  dispatch(send(undefined));
  dispatch(send(undefined, { text: "" }));
  await settled();
  assert.equal(append.submissions.length, 1);
  assert.deepEqual(codes(), [["invalid", null]]);
});

Deno.test("createDispatch answers a ping with a pong and the time", async () => {
  const { dispatch, frames, clock } = setUp();
  dispatch({ type: "ping", ref: 8 });
  dispatch({ type: "ping" });
  await settled();
  const at = new Date(clock.now()).toISOString();
  assert.deepEqual(frames(), [{ type: "pong", ref: 8, at }, { type: "pong", at }]);
});

Deno.test("createDispatch begins sends in the order in which they came", async () => {
  const append = createFakeAppend();
  const { dispatch, codes } = setUp(append);
  const texts = Array.from({ length: 50 }, (_, n) => `text ${n}`);
  for (const [n, text] of texts.entries()) {
    dispatch(send(n + 1, { text }));
    dispatch("noise in between");
  }
  // Before anything was awaited: a frame cannot overtake another.
  assert.deepEqual(append.submissions.map(({ text }) => text), texts);
  await settled();
  assert.deepEqual(
    codes().filter(([type]) => type === "ok").map(([, ref]) => ref),
    texts.map((_, n) => n + 1),
  );
});

Deno.test("answerOverdue answers timeout once, and the late outcome is dropped", async () => {
  for (const late of ["ok", "error"]) {
    const { promise, resolve, reject } = Promise.withResolvers<Appended>();
    const { dispatch, codes, session, clock } = setUp(() => promise);
    dispatch(send(6));
    clock.advance(ANSWER_WITHIN - 1);
    answerOverdue(session, clock.now());
    assert.deepEqual(codes(), []);
    clock.advance(1);
    answerOverdue(session, clock.now());
    answerOverdue(session, clock.now());
    assert.deepEqual(codes(), [["timeout", 6]]);
    if (late === "ok") resolve({ id: newId(), seq: 1, rev: 1, at: "", duplicate: false });
    else reject(new Error("too late to matter"));
    await settled();
    assert.deepEqual(codes(), [["timeout", 6]]);
    assert.equal(session.pending.size, 0);
  }
});

Deno.test("answerOverdue leaves answered and younger frames alone", async () => {
  const { promise, resolve } = Promise.withResolvers<Appended>();
  const append = createFakeAppend();
  const { dispatch, codes, session, clock } = setUp((submission) =>
    submission.text === "slow" ? promise : append(submission)
  );
  dispatch(send(1));
  dispatch(send(2, { text: "slow" }));
  clock.advance(1_000);
  dispatch(send(3, { text: "slow" }));
  await settled();
  clock.advance(ANSWER_WITHIN - 1_000);
  answerOverdue(session, clock.now());
  assert.deepEqual(codes(), [["ok", 1], ["timeout", 2]]);
  resolve({ id: newId(), seq: 1, rev: 1, at: "", duplicate: false });
  await settled();
  assert.deepEqual(codes(), [["ok", 1], ["timeout", 2], ["ok", 3]]);
});

Deno.test("createDispatch answers the same ref twice when it came twice", async () => {
  const { dispatch, codes } = setUp();
  dispatch(send(1));
  dispatch(send(1));
  await settled();
  assert.deepEqual(codes(), [["ok", 1], ["ok", 1]]);
});

Deno.test("createDispatch refuses what comes too fast without doing it", async () => {
  const append = createFakeAppend();
  const { dispatch, frames, codes, socket } = setUp(append, true);
  for (let n = 1; n <= 102; n++) dispatch(send(n));
  for (let n = 1; n <= 501; n++) dispatch("noise");
  await settled();
  assert.equal(append.submissions.length, 100);
  const refused = codes().filter(([type]) => type === "rate-limited");
  assert.deepEqual(refused, [["rate-limited", 101], ["rate-limited", 102], ["rate-limited", null]]);
  const error = frames().find((frame) => frame.type === "error");
  assert.ok(error?.type === "error" && Number.isInteger(error.retryAfter));
  assert.deepEqual(socket.closes, []);
});
