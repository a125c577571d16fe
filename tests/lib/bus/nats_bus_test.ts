/** What only this driver has to do, against a real server: the rest is in the contract of the port. */
import assert from "node:assert/strict";
import { createServer, type Socket } from "node:net";
import { connect } from "@nats-io/transport-node";
import { groupTopic, userTopic } from "../../../lib/bus/audience.ts";
import type { Bus, DigestEnvelope, Envelope } from "../../../lib/bus/bus.ts";
import { openNatsBus } from "../../../lib/bus/nats_bus.ts";
import { StartError } from "../../../lib/errors.ts";
import { newId } from "../../../lib/ids.ts";
import { logLostConnections } from "../../../lib/stray_errors.ts";
import { startFaultyProxy } from "../../support/faulty_proxy.ts";
import { eventually, within } from "../../support/deadline.ts";
import { createFakeLog } from "../../support/fake_services.ts";
import { findNats, type NatsServer, startNats } from "../../support/nats_server.ts";
import { freePort } from "../../support/ports.ts";
import { suiteLog } from "../../support/suite_log.ts";

// As in every process of the product.
logLostConnections(suiteLog);

/** Milliseconds between pings: a silent connection is noticed after three of these. */
const PING_EVERY = 300;

const [ann, ben, group] = [newId(), newId(), newId()];

function test(name: string, fn: (server: NatsServer) => Promise<void>, args: string[] = []): void {
  Deno.test({
    name: `openNatsBus ${name}`,
    ignore: findNats() === undefined,
    fn: async () => {
      await using server = await startNats(args);
      await fn(server);
    },
  });
}

async function open(
  port: number,
  as: { user?: string; password?: string; pingEvery?: number } = {},
) {
  const log = createFakeLog();
  const config = {
    ...{ kind: "nats" as const, servers: [`127.0.0.1:${port}`] },
    ...{ user: as.user, password: as.password },
  };
  const bus = await openNatsBus(config, log, { pingEvery: as.pingEvery ?? PING_EVERY });
  return { bus, log, [Symbol.asyncDispose]: () => bus[Symbol.asyncDispose]() };
}

/** Somebody who is interested in ann, ben and the group, and counts what comes. */
async function listen(bus: Bus) {
  const frames: string[] = [];
  const digests: number[] = [];
  const state = { frames, digests, reconnected: 0 };
  const subscription = await bus.subscribe({
    envelope: (envelope) => {
      if (envelope.kind === "digest") digests.push(envelope.number);
      if ("frame" in envelope) frames.push(envelope.frame);
    },
    reconnected: () => void state.reconnected++,
  });
  await Promise.all(
    [userTopic(ann), userTopic(ben), groupTopic(group)].map((topic) => subscription.add(topic)),
  );
  return { state, subscription };
}

function log(frame: string): Envelope {
  const audience = { users: [ann, ben], group: true } as const;
  return { kind: "log", conversation: group, seq: 1, rev: 1, membersRev: 1, audience, frame };
}

function digest(number: number): DigestEnvelope {
  return { kind: "digest", origin: "o", epoch: "e", number, revs: [], came: [] };
}

/** Publishes until one is heard; what was said while the bus was away is gone. */
async function heardAgain(bus: Bus, frames: readonly string[]): Promise<void> {
  let tries = 0;
  await eventually(
    () => {
      const before = frames.length;
      bus.publish(log(`again ${++tries}`));
      return before > 0 && frames.at(-1)?.startsWith("again") === true;
    },
    "hearing one another again",
    15_000,
  );
}

test("is there again when the server is, with all interests, and says so", async (server) => {
  await using one = await open(server.port);
  await using other = await open(server.port);
  const near = await listen(one.bus);
  const far = await listen(other.bus);
  one.bus.publish(log("before"));
  await eventually(() => far.state.frames.length === 1, "hearing one another");
  await server.kill();
  await eventually(() => one.log.lines.some((line) => line.startsWith("bus.away")), "the loss");
  assert.equal(one.bus.connected, false);
  // Nobody waits for what cannot be confirmed, and this node hears itself all the same.
  await within(Promise.resolve(far.subscription.add(userTopic(newId()))), "the answer");
  one.bus.publish(log("meanwhile"));
  await eventually(() => near.state.frames.length === 2, "hearing oneself");
  await server.start();
  await eventually(() => near.state.reconnected > 0, "the return of one", 15_000);
  await eventually(() => far.state.reconnected > 0, "the return of the other", 15_000);
  assert.equal(one.bus.connected, true);
  one.bus.publish(log("after"));
  await eventually(() => far.state.frames.includes("after"), "hearing one another again");
  // Nothing is kept for later, and nothing comes twice.
  assert.deepEqual(far.state.frames, ["before", "after"]);
  assert.deepEqual(near.state.frames, ["before", "meanwhile", "after"]);
  assert.deepEqual([near.state.reconnected, far.state.reconnected], [1, 1]);
  const said = one.log.lines.filter((line) => line.startsWith("bus.away"));
  assert.equal(said.length, 1, one.log.lines.join("\n"));
});

test("doubles and disorders nothing over reconnections", async (server) => {
  await using proxy = startFaultyProxy(server.port);
  await using one = await open(proxy.port);
  await using other = await open(proxy.port);
  const far = await listen(other.bus);
  let number = 0;
  let stop = false;
  const publishing = (async () => {
    while (!stop) {
      for (let n = 0; n < 50; n++) {
        one.bus.publish(log(String(++number)));
        one.bus.publish(digest(number));
      }
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  })();
  for (let cut = 1; cut <= 6; cut++) {
    const before = far.state.digests.length;
    await eventually(() => far.state.digests.length > before + 200, "hearing some", 15_000);
    proxy.cut();
  }
  stop = true;
  await publishing;
  await heardAgain(one.bus, far.state.frames);
  const frames = far.state.frames.flatMap((frame) =>
    frame.startsWith("again") ? [] : Number(frame)
  );
  assert.ok(far.state.reconnected > 0);
  for (const numbers of [frames, far.state.digests]) {
    assert.deepEqual(numbers, [...new Set(numbers)].sort((a, b) => a - b));
  }
});

for (const way of ["there", "back"] as const) {
  test(`notices a connection that is silent on the way ${way}`, async (server) => {
    await using proxy = startFaultyProxy(server.port);
    await using one = await open(proxy.port);
    await using other = await open(server.port);
    const near = await listen(one.bus);
    proxy.lose(way);
    const begun = Date.now();
    await eventually(() => near.state.reconnected > 0, "the return", 15_000);
    assert.ok(Date.now() - begun > PING_EVERY, "it was not simply cut");
    other.bus.publish(log("heard"));
    await eventually(() => near.state.frames.includes("heard"), "hearing the other");
  });
}

test("says that something may have been lost where an interest is confirmed late", async (server) => {
  await using proxy = startFaultyProxy(server.port);
  // Slow, and never so silent that it is given up.
  await using one = await open(proxy.port, { pingEvery: 60_000 });
  const near = await listen(one.bus);
  const topic = userTopic(newId());
  await near.subscription.add(topic);
  assert.equal(near.state.reconnected, 0);
  proxy.stall("there", "back");
  const late = userTopic(newId());
  await within(Promise.resolve(near.subscription.add(late)), "the answer");
  // Whoever asks again waits again: it is not confirmed.
  let again = false;
  const asking = Promise.resolve(near.subscription.add(late)).then(() => again = true);
  await near.subscription.add(topic);
  assert.deepEqual([again, near.state.reconnected], [false, 0]);
  proxy.heal();
  await asking;
  await eventually(() => near.state.reconnected > 0, "the late answer", 15_000);
});

test("drops what no server takes, and goes on", async (server) => {
  await using one = await open(server.port);
  await using other = await open(server.port);
  const far = await listen(other.bus);
  one.bus.publish(log("x".repeat(1024 * 1024)));
  one.bus.publish(log("small"));
  await eventually(() => far.state.frames.length > 0, "hearing the small one");
  assert.deepEqual(far.state.frames, ["small"]);
  assert.deepEqual([one.log.lines.length, far.state.reconnected], [1, 0]);
  assert.match(one.log.lines[0] ?? "", /^bus\.too-large log 10\d{5} 1048576$/);
});

test("drops what is no envelope, whoever it is from", async (server) => {
  await using one = await open(server.port);
  const near = await listen(one.bus);
  const raw = await connect({ port: server.port });
  for (const text of ["", "x", "p 1", "p 2\n", "p 3\n{", 'p 4\n{"kind":"log"}\n{}', "\xff\xfe"]) {
    raw.publish("parley.all", text);
  }
  const rest = { conversation: group, membersRev: 1, audience: "all" };
  raw.publish("parley.all", `p 9\n${JSON.stringify({ kind: "members", ...rest })}\nit`);
  await raw.flush();
  await raw.close();
  await eventually(() => near.state.frames.length > 0, "hearing what is one");
  assert.deepEqual(near.state.frames, ["it"]);
  assert.ok(one.log.lines.every((line) => line.startsWith("bus.unreadable")));
});

test("survives a listener that throws", async (server) => {
  await using one = await open(server.port);
  await using other = await open(server.port);
  await other.bus.subscribe({
    envelope: () => {
      throw new Error("a mistake");
    },
    reconnected: () => {},
  });
  const far = await listen(other.bus);
  one.bus.publish(digest(1));
  one.bus.publish(digest(2));
  await eventually(() => far.state.digests.length === 2, "hearing both");
  assert.equal(far.state.reconnected, 0);
  assert.equal(other.log.lines.filter((line) => line.includes("a mistake")).length, 2);
});

test("gives a server that takes nothing any more a bounded amount", async (server) => {
  await using proxy = startFaultyProxy(server.port);
  await using one = await open(proxy.port);
  proxy.lose("there", "back");
  const frame = "x".repeat(500_000);
  const full = () => one.log.lines.some((line) => line.startsWith("bus.overflow"));
  let published = 0;
  while (!full() && published < 1_000) {
    one.bus.publish(log(frame));
    published++;
  }
  assert.ok(full() && published < 50, `${published} envelopes of 1.5 MB were taken`);
});

Deno.test("openNatsBus refuses a start without a server in one line, and tells no password", async () => {
  const port = freePort();
  await assert.rejects(open(port, { user: "me", password: "swordfish" }), (error) => {
    assert.ok(error instanceof StartError);
    assert.match(error.message, new RegExp(`^PARLEY_BUS_URL: .*127\\.0\\.0\\.1:${port}.*$`));
    assert.ok(!error.message.includes("swordfish"), error.message);
    return true;
  });
});

/** Takes connections as a NATS server does, and then does to each of them what it is told. */
async function startResettingServer(then: (socket: Socket, first: number) => void) {
  const port = freePort();
  let count = 0;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    then(socket, ++count);
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    port,
    sockets,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const INFO = `INFO ${
  JSON.stringify({ server_id: "x", version: "2.10.0", proto: 1, max_payload: 1_000_000 })
}\r\n`;

/** As Debian's server: the connection is reset while the client still reads why. */
function refuse(socket: Socket): void {
  socket.write(INFO);
  socket.once("data", () => {
    socket.write("-ERR 'Authorization Violation'\r\n");
    socket.resetAndDestroy();
  });
}

Deno.test("openNatsBus refuses a start where the refusal and a reset come at once", async () => {
  await using server = await startResettingServer(refuse);
  // Some of them read the reset while they let go of the socket.
  await Promise.all(
    Array.from({ length: 20 }, () => assert.rejects(open(server.port), StartError)),
  );
});

Deno.test("openNatsBus comes through resets while it connects", async () => {
  const steps: readonly ((socket: Socket) => void)[] = [
    (socket) => socket.resetAndDestroy(),
    (socket) => {
      socket.write(INFO);
      socket.resetAndDestroy();
    },
    refuse,
  ];
  const serve = (socket: Socket) => {
    socket.write(INFO);
    socket.on("data", (data) => {
      for (const _ of String(data).matchAll(/PING\r\n/g)) socket.write("PONG\r\n");
    });
  };
  await using server = await startResettingServer((socket, n) => (steps[n - 2] ?? serve)(socket));
  await using one = await open(server.port);
  const near = await listen(one.bus);
  for (const socket of server.sockets) socket.resetAndDestroy();
  await eventually(() => near.state.reconnected > 0, "the return", 15_000);
  assert.equal(one.bus.connected, true);
  assert.ok(server.sockets.size >= steps.length + 2, "it met all of them");
});

test("signs in, and refuses a start with a wrong password", async (server) => {
  await using one = await open(server.port, { user: "me", password: "swordfish" });
  const near = await listen(one.bus);
  one.bus.publish(log("heard"));
  await eventually(() => near.state.frames.length > 0, "hearing oneself");
  await assert.rejects(open(server.port, { user: "me", password: "wrong" }), StartError);
  await assert.rejects(open(server.port), StartError);
}, ["--user", "me", "--pass", "swordfish"]);
