import assert from "node:assert/strict";
import { createOutbound, CUT_BYTES, PAUSE_BYTES } from "../../chat/outbound.ts";
import { createFakeSocket } from "../support/fake_socket.ts";

function setUp() {
  const socket = createFakeSocket();
  let cuts = 0;
  const outbound = createOutbound(socket, () => void cuts++);
  return { socket, outbound, cuts: () => cuts };
}

Deno.test("createOutbound holds frames back until the first one is released", () => {
  const { socket, outbound } = setUp();
  outbound.send("early 1");
  outbound.send("early 2");
  assert.deepEqual(socket.sent, []);
  assert.equal(socket.paused, true);
  outbound.release("first");
  outbound.send("late");
  assert.deepEqual(socket.sent, ["first", "early 1", "early 2", "late"]);
  assert.equal(socket.paused, false);
});

Deno.test("createOutbound stops reading past 256 KiB and reads again once it is flushed", () => {
  const { socket, outbound } = setUp();
  outbound.release("first");
  socket.queuedBytes = PAUSE_BYTES;
  outbound.send("at the limit");
  assert.equal(socket.paused, false);
  socket.queuedBytes = PAUSE_BYTES + 1;
  outbound.send("past it");
  assert.equal(socket.paused, true);
  outbound.send("still sent");
  assert.equal(socket.sent.at(-1), "still sent");
  socket.flush();
  assert.equal(socket.paused, false);

  socket.queuedBytes = PAUSE_BYTES + 1;
  outbound.send("slow again");
  assert.equal(socket.paused, true);
});

Deno.test("createOutbound cuts a reader who leaves more than 1 MiB, once", () => {
  const { socket, outbound, cuts } = setUp();
  outbound.release("first");
  socket.queuedBytes = CUT_BYTES;
  outbound.send("at the limit");
  assert.equal(cuts(), 0);
  socket.queuedBytes = CUT_BYTES + 1;
  outbound.send("past it");
  assert.equal(cuts(), 1);
  outbound.send("nobody reads this");
  assert.equal(cuts(), 1);
  assert.equal(socket.sent.at(-1), "past it");
});

Deno.test("createOutbound cuts a client for whom more than 1 MiB is held back", () => {
  const { socket, outbound, cuts } = setUp();
  for (let n = 0; n < 16; n++) outbound.send("x".repeat(CUT_BYTES / 16));
  assert.equal(cuts(), 0);
  outbound.send("x");
  assert.equal(cuts(), 1);
  outbound.send("x");
  outbound.release("first");
  assert.equal(cuts(), 1);
  assert.deepEqual(socket.sent, []);
});

Deno.test("createOutbound stops in the middle of what was held back when the reader is slow", () => {
  const { socket, outbound, cuts } = setUp();
  outbound.send("one");
  outbound.send("two");
  socket.send = (text) => {
    socket.sent.push(text);
    if (text === "one") socket.queuedBytes = CUT_BYTES + 1;
  };
  outbound.release("first");
  assert.deepEqual(socket.sent, ["first", "one"]);
  assert.equal(cuts(), 1);
});

Deno.test("createOutbound cuts nobody for the length of the first frame", () => {
  const { socket, outbound, cuts } = setUp();
  socket.queuedBytes = CUT_BYTES + 1;
  outbound.release("as long as the person has conversations");
  assert.equal(cuts(), 0);
});
