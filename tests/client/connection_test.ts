import assert from "node:assert/strict";
import { ApiError } from "../../client/api.ts";
import { type Connection, createConnection } from "../../client/connection.ts";
import type { WireListener } from "../../client/transport.ts";
import { createFakeTimers, type FakeTimers, settle } from "../support/fake_timers.ts";

type FakeWire = {
  url: string;
  protocols: string[];
  listener: WireListener;
  sent: string[];
  open: boolean;
};

const READY = readyAt("node-1");

function readyAt(node: string): string {
  return JSON.stringify({
    type: "session.ready",
    user: "u",
    session: "s",
    node,
    epoch: "e",
    heartbeat: 25,
    at: "2026-01-01T00:00:00.000Z",
    limits: {},
    heads: [],
  });
}

function setUp(): {
  connection: Connection;
  timers: FakeTimers;
  wires: FakeWire[];
  heard: string[];
  tickets: string[][];
  refuse: (error: ApiError | undefined) => void;
  onReady: (callback: () => void) => void;
  wire: () => FakeWire;
} {
  const timers = createFakeTimers();
  const wires: FakeWire[] = [];
  const heard: string[] = [];
  const tickets: string[][] = [];
  let refusal: ApiError | undefined;
  let whenReady = () => {};
  const connection = createConnection({
    timers,
    takeTicket: (exclude) => {
      tickets.push(exclude);
      if (refusal !== undefined) return Promise.reject(refusal);
      const node = ["node-1", "node-2", "node-3"].find((each) => !exclude.includes(each)) ??
        "node-1";
      return Promise.resolve({ url: `ws://${node}/`, ticket: `t${tickets.length}`, node });
    },
    openWire: (url, protocols, listener) => {
      const wire = { url, protocols, listener, sent: [] as string[], open: true };
      wires.push(wire);
      return {
        send: (text) => wire.sent.push(text),
        close: () => {
          wire.open = false;
        },
      };
    },
    listener: {
      changed: (state) => heard.push(state.name),
      ready: () => {
        heard.push("heads");
        whenReady();
      },
      event: (frame) => heard.push(frame.type),
      distrust: () => heard.push("distrust"),
      ended: () => heard.push("ended"),
    },
  });
  return {
    connection,
    timers,
    wires,
    heard,
    tickets,
    refuse: (error) => refusal = error,
    onReady: (callback) => whenReady = callback,
    wire: () => {
      const last = wires.at(-1);
      assert.ok(last, "a wire was opened");
      return last;
    },
  };
}

async function connected(): Promise<ReturnType<typeof setUp>> {
  const parts = setUp();
  parts.connection.start();
  await settle();
  parts.wire().listener.text(READY);
  return parts;
}

Deno.test("Connection offers its ticket as a subprotocol and is ready after the first frame", async () => {
  const { connection, wire, heard } = await connected();
  assert.deepEqual(wire().protocols, ["parley.v1", "ticket.t1"]);
  assert.deepEqual(heard, ["connecting", "heads", "ready"]);
  assert.equal(connection.state().name, "ready");
});

Deno.test("Connection takes a new ticket for every try, later and later", async () => {
  const { timers, wires, tickets, wire } = await connected();
  const times: number[] = [];
  for (let lost = 0; lost < 4; lost++) {
    const before = timers.now();
    const count = wires.length;
    wire().listener.closed(1006);
    while (wires.length === count) await timers.pass(10);
    times.push(timers.now() - before);
  }
  assert.equal(tickets.length, 5);
  assert.ok(
    times.every((time, index) => index === 0 || time > (times[index - 1] ?? 0)),
    String(times),
  );
});

Deno.test("Connection does as the close code says", async () => {
  for (
    const [code, expected] of [
      [1006, ["waiting"]],
      [4001, ["waiting"]],
      [4102, ["distrust", "waiting"]],
      [4201, ["stopped", "ended"]],
      [4203, ["stopped"]],
      [1009, ["stopped"]],
      [0, ["waiting"]],
    ] as const
  ) {
    const { heard, wire } = await connected();
    heard.length = 0;
    wire().listener.closed(code);
    assert.deepEqual(heard, [...expected], `after ${code}`);
  }
});

Deno.test("Connection answers each request once, by its ref", async () => {
  const { connection, wire } = await connected();
  const pong = connection.request("ping", {});
  const sync = connection.request("conversation.sync", { conversation: "c", since: 0 });
  const [first, second] = wire().sent.map((text) => JSON.parse(text).ref);
  wire().listener.text(
    JSON.stringify({ type: "error", ref: second, code: "not-member", message: "no" }),
  );
  wire().listener.text(JSON.stringify({ type: "pong", ref: first, at: "now" }));
  wire().listener.text(JSON.stringify({ type: "pong", ref: first, at: "again" }));
  assert.equal((await pong).at, "now");
  await assert.rejects(sync, (error) => error instanceof ApiError && error.code === "not-member");
});

Deno.test("Connection fails what was unanswered when it is lost", async () => {
  const { connection, wire } = await connected();
  const lost = assert.rejects(
    connection.request("ping", {}),
    (error) => error instanceof ApiError && error.code === "unavailable",
  );
  wire().listener.closed(1006);
  await lost;
});

Deno.test("Connection asks when nothing was heard for a heartbeat, and leaves when nothing comes", async () => {
  const { connection, timers, wire } = await connected();
  await timers.pass(25_000);
  assert.equal(JSON.parse(wire().sent[0] ?? "{}").type, "ping");
  wire().listener.text(JSON.stringify({ type: "resync" }));
  await timers.pass(25_000);
  assert.equal(connection.state().name, "ready");
  await timers.pass(25_000);
  assert.equal(connection.state().name, "waiting");
});

Deno.test("Connection gives a silent server 15 s for its first frame", async () => {
  const { connection, timers, wire } = setUp();
  connection.start();
  await settle();
  wire().listener.opened();
  await timers.pass(14_999);
  assert.equal(connection.state().name, "connecting");
  await timers.pass(1);
  assert.equal(connection.state().name, "waiting");
});

Deno.test("Connection leaves a draining node when it is told to, and asks for another", async () => {
  const { timers, wires, tickets, wire } = await connected();
  wire().listener.text(JSON.stringify({ type: "node.draining", reconnectAfter: 700 }));
  await timers.pass(699);
  assert.equal(wires.length, 1);
  await timers.pass(1);
  assert.equal(wires.length, 2);
  assert.deepEqual(tickets[1], ["node-1"]);
});

Deno.test("Connection waits as long as a refused ticket says, and retryNow does not", async () => {
  const { connection, timers, tickets, refuse } = setUp();
  refuse(new ApiError({ code: "unavailable", status: 503, message: "busy", retryAfter: 20 }));
  connection.start();
  await timers.pass(19_999);
  assert.equal(tickets.length, 1);
  connection.retryNow();
  await settle();
  assert.equal(tickets.length, 2);
});

Deno.test("Connection ignores what a wire that it gave up still says", async () => {
  const { connection, heard, wires, wire } = await connected();
  wire().listener.closed(1006);
  heard.length = 0;
  wires[0]?.listener.text(JSON.stringify({ type: "resync" }));
  wires[0]?.listener.closed(4201);
  assert.deepEqual(heard, []);
  assert.equal(connection.state().name, "waiting");
});

Deno.test("Connection lets its listener make requests while it handles the first frame", async () => {
  const parts = setUp();
  parts.connection.start();
  await settle();
  parts.onReady(() => void parts.connection.request("ping", {}).catch(() => {}));
  parts.wire().listener.text(READY);
  assert.equal(JSON.parse(parts.wire().sent[0] ?? "{}").type, "ping");
});

Deno.test("Connection leaves a draining node also while frames keep coming, and not too early", async () => {
  const { timers, wires, wire } = await connected();
  wire().listener.text(JSON.stringify({ type: "node.draining", reconnectAfter: 2_000 }));
  wire().listener.text(JSON.stringify({ type: "resync" }));
  wire().listener.closed(4002);
  await timers.pass(1_999);
  assert.equal(wires.length, 1);
  await timers.pass(1);
  assert.equal(wires.length, 2);
});

Deno.test("Connection goes on from a node that answers nothing within 4 s, and then gives it more time", async () => {
  const { connection, timers, tickets } = setUp();
  connection.start();
  await timers.pass(3_999);
  assert.equal(connection.state().name, "connecting");
  await timers.pass(1 + 400);
  assert.deepEqual(tickets, [[], ["node-1"]]);
  await timers.pass(4_000 + 800);
  assert.deepEqual(tickets.at(-1), ["node-1", "node-2"]);
  await timers.pass(7_999);
  assert.equal(tickets.length, 3);
});

Deno.test("Connection is at the third node within 2 s when the first dies and the second refuses it", async () => {
  const { connection, timers, tickets, wires, wire } = await connected();
  const lostAt = timers.now();
  wire().listener.closed(1006);
  while (wires.length < 2) await timers.pass(10);
  assert.equal(wire().url, "ws://node-2/");
  wire().listener.closed(1006);
  while (wires.length < 3) await timers.pass(10);
  assert.equal(wire().url, "ws://node-3/");
  wire().listener.text(readyAt("node-3"));
  assert.equal(connection.state().name, "ready");
  assert.ok(timers.now() - lostAt < 2_000, `${timers.now() - lostAt} ms`);
  assert.deepEqual(tickets, [[], ["node-1"], ["node-1", "node-2"]]);
});

Deno.test("Connection forgets that it lost a node after 20 s, or once it is there again", async () => {
  const { connection, timers, tickets, wires, wire } = await connected();
  wire().listener.closed(1006);
  while (wires.length < 2) await timers.pass(10);
  wire().listener.text(readyAt("node-2"));
  // The node that it is at is not one to avoid, and the other one still is.
  wire().listener.closed(1006);
  while (wires.length < 3) await timers.pass(10);
  assert.deepEqual(tickets.at(-1), ["node-1", "node-2"]);
  wire().listener.text(readyAt("node-3"));
  await timers.pass(20_000);
  wire().listener.text(JSON.stringify({ type: "node.draining", reconnectAfter: 100 }));
  await timers.pass(100);
  assert.deepEqual(tickets.at(-1), ["node-3"]);
  assert.equal(connection.state().name, "connecting");
});

Deno.test("Connection tries all nodes again when it was sent to one that it avoids, and cannot reach it", async () => {
  const { timers, tickets, wires, wire } = await connected();
  // All of them were lost, by a tunnel for example; and the one that it is sent to now is gone.
  for (let lost = 1; lost <= 4; lost++) {
    wire().listener.closed(1006);
    while (wires.length === lost) await timers.pass(10);
  }
  assert.deepEqual(tickets, [
    [],
    ["node-1"],
    ["node-1", "node-2"],
    ["node-1", "node-2", "node-3"],
    ["node-1"],
  ]);
});

Deno.test("Connection may come back to the node that it read too slowly from", async () => {
  const { timers, tickets, wires, wire } = await connected();
  wire().listener.closed(4001);
  while (wires.length < 2) await timers.pass(10);
  assert.deepEqual(tickets.at(-1), []);
});

Deno.test("Connection comes back within a second of a loss, by chance, and later after each failure", async () => {
  const { connection, timers, refuse, tickets, wire } = await connected();
  refuse(new ApiError({ code: "unavailable", status: 0, message: "no network" }));
  wire().listener.closed(1006);
  assert.deepEqual(connection.state(), {
    name: "waiting",
    retryAt: timers.now() + 500,
    attempt: 1,
  });
  await timers.pass(500);
  assert.equal(tickets.length, 2);
  await timers.pass(599);
  assert.equal(tickets.length, 2);
  await timers.pass(1);
  assert.equal(tickets.length, 3);
});

Deno.test("Connection spreads also those who were all told to come back after the same while", async () => {
  const { connection, timers, refuse } = setUp();
  refuse(new ApiError({ code: "unavailable", status: 503, message: "busy", retryAfter: 2 }));
  connection.start();
  await settle();
  const state = connection.state();
  assert.ok(state.name === "waiting");
  assert.equal(state.retryAt - timers.now(), 2_000 + 300);
});

Deno.test("Connection says whether it came back, and when it was given up", async () => {
  const { connection, timers, wires, wire } = await connected();
  assert.equal(await connection.back(1_000), true);
  wire().listener.closed(1006);
  const [early, late] = [connection.back(100), connection.back(5_000)];
  await timers.pass(100);
  assert.equal(await early, false);
  while (wires.length < 2) await timers.pass(10);
  wire().listener.text(readyAt("node-2"));
  assert.equal(await late, true);
  wire().listener.closed(1006);
  const ended = connection.back(5_000);
  connection.stop();
  assert.equal(await ended, false);
  assert.equal(await connection.back(5_000), false);
});
