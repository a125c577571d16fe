/** What every driver of the socket port has to do. */
import assert from "node:assert/strict";
import { WebSocket } from "ws";
import type { Upgrade, UpgradeHandler } from "../../chat/socket/socket.ts";
import { AppError } from "../../lib/errors.ts";
import { LIMITS, SUBPROTOCOL } from "../../lib/protocol/codes.ts";
import { eventually, within } from "../support/deadline.ts";
import { closeCode, OPCODE, openRaw, rawFrame, upgradeRequest } from "../support/raw_socket.ts";
import { acceptAll, acceptPeer, type Peer } from "../support/socket_peers.ts";

export const PATH = "/api/v1/chat";

export interface SocketServer extends AsyncDisposable {
  readonly port: number;
}

/** Registers the contract's tests; `serve` hands upgrades of `PATH` to the handler. */
export function testSocketContract(
  name: string,
  serve: (handle: UpgradeHandler) => Promise<SocketServer>,
): void {
  const test = (behaviour: string, run: (connect: Connect) => Promise<void>) =>
    Deno.test(`${name} ${behaviour}`, async () => {
      const { handle, next } = acceptAll();
      await using server = await serve(handle);
      await run({ port: server.port, next });
    });

  const refusals = [
    ["invalid", 400],
    ["unauthenticated", 401],
    ["forbidden", 403],
    ["unavailable", 503],
  ] as const;
  for (const [code, status] of refusals) {
    Deno.test(`${name} refuses with ${status} before the upgrade`, async () => {
      const error = new AppError(code, "not you – “nobody”");
      await using server = await serve((upgrade) => upgrade.refuse(error));
      using client = await openRaw(server.port, upgradeRequest(PATH));
      const answer = await client.answer();
      assert.equal(answer.status, status);
      assert.equal(answer.headers.get("content-type"), "application/problem+json");
      const problem = JSON.parse(await client.rest());
      assert.equal(problem.status, status);
      assert.equal(problem.code, code);
      assert.equal(problem.detail, "not you – “nobody”");
    });
  }

  test("answers other paths with 404", async ({ port }) => {
    for (const path of ["/", "/api/v1/chat/", "/api/v1/chats", "/api/v1", "/other?/api/v1/chat"]) {
      using client = await openRaw(port, upgradeRequest(path));
      assert.equal((await client.answer()).status, 404, path);
    }
  });

  test("takes its own path with a query, and as a whole address", async ({ port, next }) => {
    for (const path of [`${PATH}?a=b`, `http://any.example${PATH}`]) {
      using client = await openRaw(port, upgradeRequest(path));
      assert.equal((await client.answer()).status, 101, path);
      (await next()).socket.terminate();
    }
  });

  test("answers an address that is none and goes on serving", async ({ port, next }) => {
    for (const path of ["//[", "//", "http://[", "*"]) {
      using client = await openRaw(port, upgradeRequest(path));
      const { status } = await within(client.answer(), `an answer to ${path}`, 1_500);
      assert.ok(status >= 400 && status < 500, `${path}: ${status}`);
    }
    using client = await openRaw(port, upgradeRequest(PATH));
    assert.equal((await client.answer()).status, 101);
    (await next()).socket.terminate();
  });

  test("answers the first subprotocol only", async ({ port, next }) => {
    const offer = { "Sec-WebSocket-Protocol": `ticket.secret, ${SUBPROTOCOL}` };
    using client = await openRaw(port, upgradeRequest(PATH, offer));
    const { status, headers } = await client.answer();
    assert.equal(status, 101);
    assert.equal(headers.get("sec-websocket-protocol"), SUBPROTOCOL);
    assert.equal(headers.get("sec-websocket-extensions"), null);
    (await next()).socket.terminate();
  });

  test("answers no subprotocol and no compression where none fits", async ({ port, next }) => {
    const offer = { "Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits" };
    using client = await openRaw(port, upgradeRequest(PATH, offer));
    const { status, headers } = await client.answer();
    assert.equal(status, 101);
    assert.equal(headers.get("sec-websocket-protocol"), null);
    assert.equal(headers.get("sec-websocket-extensions"), null);
    (await next()).socket.terminate();
  });

  Deno.test(`${name} shows headers and address, and accepts nobody who is gone`, async () => {
    const asked = Promise.withResolvers<Upgrade>();
    await using server = await serve(asked.resolve);
    const client = await openRaw(server.port, upgradeRequest(PATH, { "X-Two": "a" }));
    const upgrade = await within(asked.promise, "the request");
    assert.equal(upgrade.header("x-two"), "a");
    assert.equal(upgrade.header("x-none"), undefined);
    client[Symbol.dispose]();
    await eventually(() => {
      const peer = acceptPeer(upgrade);
      if (peer === undefined) return true;
      peer.socket.terminate();
      return true;
    }, "an answer to accept");
  });

  test("accepts no handshake without a key", async ({ port }) => {
    using client = await openRaw(port, upgradeRequest(PATH, { "Sec-WebSocket-Key": "short" }));
    assert.equal((await client.answer()).status, 400);
  });

  test("hears nothing before it is resumed, and everything in order then", async (connect) => {
    await using pair = await open(connect);
    const { client, peer } = pair;
    for (let n = 0; n < 50; n++) client.send(String(n));
    // Every send of the client is on its way once it was answered from the same stream.
    await flushed(client);
    assert.deepEqual(peer.texts, []);
    peer.socket.resume();
    await eventually(() => peer.texts.length === 50, "hearing 50 frames");
    assert.deepEqual(peer.texts, Array.from({ length: 50 }, (_, n) => String(n)));
  });

  test("pauses and resumes reading", async (connect) => {
    await using pair = await open(connect);
    const { client, peer } = pair;
    peer.socket.resume();
    client.send("one");
    await eventually(() => peer.texts.length === 1, "hearing one");
    peer.socket.pause();
    client.send("two");
    await flushed(client);
    await new Promise((resolve) => setTimeout(resolve, 30));
    assert.deepEqual(peer.texts, ["one"]);
    peer.socket.resume();
    await eventually(() => peer.texts.length === 2, "hearing two");
  });

  test("carries any text both ways", async (connect) => {
    await using pair = await open(connect);
    const { client, peer } = pair;
    const texts = ["", "\0\u2028", "👩🏽‍🚀 你好", "x".repeat(LIMITS.frameBytes)];
    const received: string[] = [];
    client.on("message", (data) => received.push(data.toString()));
    peer.socket.resume();
    for (const text of texts) {
      client.send(text);
      peer.socket.send(text);
    }
    await eventually(() => peer.texts.length === texts.length, "the server's texts");
    await eventually(() => received.length === texts.length, "the client's texts");
    assert.deepEqual(peer.texts, texts);
    assert.deepEqual(received, texts);
  });

  test("puts fragments together", async (connect) => {
    await using pair = await openRawPair(connect);
    const { client, peer } = pair;
    await client.write(rawFrame(OPCODE.text, "one ", { fin: false }));
    await client.write(rawFrame(OPCODE.ping, "in between"));
    await client.write(rawFrame(OPCODE.continuation, "two"));
    await eventually(() => peer.texts.length === 1, "the text");
    assert.deepEqual(peer.texts, ["one two"]);
    assert.equal((await client.frame())?.opcode, OPCODE.pong);
  });

  test("reports binary frames as such", async (connect) => {
    await using pair = await open(connect);
    const { client, peer } = pair;
    peer.socket.resume();
    client.send(new Uint8Array([1, 2]));
    await eventually(() => peer.binaries === 1, "the binary frame");
    assert.deepEqual(peer.texts, []);
  });

  test("hears a ping, a pong and a text as signs of life", async (connect) => {
    await using pair = await openRawPair(connect);
    const { client, peer } = pair;
    const frames = [
      rawFrame(OPCODE.ping, ""),
      rawFrame(OPCODE.pong, ""),
      rawFrame(OPCODE.text, "."),
    ];
    for (const [index, frame] of frames.entries()) {
      await client.write(frame);
      await eventually(() => peer.heard === index + 1, `sign of life ${index + 1}`);
    }
  });

  test("pings, and the peer answers by itself", async (connect) => {
    await using pair = await open(connect);
    const { peer } = pair;
    peer.socket.resume();
    peer.socket.ping();
    await eventually(() => peer.heard === 1, "the pong");
  });

  const tooBig = {
    "one frame": [rawFrame(OPCODE.text, "x".repeat(LIMITS.frameBytes + 1))],
    "fragments together": [
      rawFrame(OPCODE.text, "x".repeat(40_000), { fin: false }),
      rawFrame(OPCODE.continuation, "x".repeat(25_537)),
    ],
  };
  for (const [what, frames] of Object.entries(tooBig)) {
    test(`closes with 1009 at more than 64 KiB in ${what}`, async (connect) => {
      await using pair = await openRawPair(connect);
      const { client, peer } = pair;
      for (const frame of frames) await client.write(frame);
      assert.equal(closeCode(await client.frame()), 1009);
      client[Symbol.dispose]();
      await eventually(() => peer.closed.length === 1, "the end");
      assert.deepEqual(peer.texts, []);
    });
  }

  const bad: Record<string, [Uint8Array, number]> = {
    "an unmasked frame": [rawFrame(OPCODE.text, "hello", { masked: false }), 1002],
    "a reserved opcode": [rawFrame(3, "hello"), 1002],
    "a reserved bit": [rawFrame(OPCODE.text, "hello", { reserved: 4 }), 1002],
    "a continuation of nothing": [rawFrame(OPCODE.continuation, "hello"), 1002],
    "a ping that is too long": [rawFrame(OPCODE.ping, "x".repeat(126)), 1002],
    "a close code that nobody may send": [rawFrame(OPCODE.close, "\u0003\u00ed"), 1002],
    "a text that is not UTF-8": [rawFrame(OPCODE.text, new Uint8Array([0xff, 0xfe])), 1007],
  };
  for (const [what, [frame, code]] of Object.entries(bad)) {
    test(`closes with ${code} at ${what}, and serves others`, async (connect) => {
      {
        await using pair = await openRawPair(connect);
        const { client, peer } = pair;
        await client.write(frame);
        assert.equal(closeCode(await client.frame()), code);
        client[Symbol.dispose]();
        await eventually(() => peer.closed.length === 1, "the end");
        assert.deepEqual(peer.texts, []);
      }
      await using pair = await open(connect);
      pair.peer.socket.resume();
      pair.client.send("still here");
      await eventually(() => pair.peer.texts.length === 1, "the other client's text");
    });
  }

  test("survives a peer that vanishes in the middle of a frame", async (connect) => {
    await using pair = await openRawPair(connect);
    const { client, peer } = pair;
    await client.write(rawFrame(OPCODE.text, "x".repeat(1_000)).subarray(0, 100));
    client[Symbol.dispose]();
    await eventually(() => peer.closed.length === 1, "the end");
    assert.deepEqual(peer.texts, []);
  });

  test("tells the code and the reason of a close, and reports its end once", async (connect) => {
    await using pair = await open(connect);
    const { client, peer } = pair;
    const closed = new Promise<string>((resolve) =>
      client.once("close", (code, reason) => resolve(`${code} ${reason}`))
    );
    // Still paused: the peer's answer has to be read all the same.
    peer.socket.close(4201, "signed out");
    peer.socket.close(4203, "a second close");
    assert.equal(await within(closed, "the close"), "4201 signed out");
    await eventually(() => peer.closed.length > 0, "the end");
    peer.socket.terminate();
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(peer.closed.length, 1);
  });

  test("reports a close that the peer began", async (connect) => {
    await using pair = await open(connect);
    const { client, peer } = pair;
    peer.socket.resume();
    client.close(1000, "bye");
    await eventually(() => peer.closed.length > 0, "the end");
    assert.deepEqual(peer.closed, [1000]);
  });

  test("takes every call after its end without a word", async (connect) => {
    await using pair = await open(connect);
    const { socket, closed } = pair.peer;
    socket.terminate();
    await eventually(() => closed.length === 1, "the end");
    socket.send("too late");
    socket.ping();
    socket.pause();
    socket.resume();
    socket.whenFlushed(() => {});
    socket.close(1000, "again");
    socket.terminate();
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(closed.length, 1);
  });

  test("counts what a peer does not read, and flushes once it reads", async (connect) => {
    await using pair = await openRawPair(connect);
    const { client, peer: { socket } } = pair;
    let flushed = false;
    const frames = fill(socket);
    assert.ok(socket.queuedBytes > 1024 * 1024, `${socket.queuedBytes} bytes are queued`);
    socket.whenFlushed(() => flushed = true);
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(flushed, false);
    for (let n = 0; n < frames; n++) {
      assert.equal((await client.frame())?.payload.length, CHUNK.length);
    }
    await eventually(() => flushed, "flushing");
    assert.equal(socket.queuedBytes, 0);
  });

  test("counts bytes, of which a character may have several", async (connect) => {
    await using pair = await openRawPair(connect);
    const { peer: { socket } } = pair;
    fill(socket);
    const before = socket.queuedBytes;
    socket.send("你".repeat(1_000));
    assert.ok(socket.queuedBytes - before >= 3_000, `${socket.queuedBytes - before} bytes`);
  });

  test("terminates a peer that does not read, at once and once", async (connect) => {
    await using pair = await openRawPair(connect);
    const { socket, closed } = pair.peer;
    fill(socket);
    const began = performance.now();
    socket.terminate();
    await eventually(() => closed.length > 0, "the end", 1_000);
    assert.ok(performance.now() - began < 1_000);
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(closed.length, 1);
  });
}

type Connect = { port: number; next(): Promise<Peer> };

const CHUNK = "x".repeat(64 * 1024);

/** Sends until the network's own buffers are full; the answer is the number of frames. */
function fill(socket: Peer["socket"]): number {
  let frames = 0;
  // More than the kernel takes from both ends of a loopback connection.
  for (; frames < 256; frames++) socket.send(CHUNK);
  return frames;
}

/** A well-behaved client and the server's side of it, which starts paused. */
async function open({ port, next }: Connect): Promise<
  AsyncDisposable & { client: WebSocket; peer: Peer }
> {
  const client = new WebSocket(`ws://127.0.0.1:${port}${PATH}`, [SUBPROTOCOL]);
  client.on("error", () => {});
  await within(new Promise((resolve) => client.once("open", resolve)), "opening");
  const peer = await next();
  return {
    client,
    peer,
    [Symbol.asyncDispose]: async () => {
      peer.socket.terminate();
      client.terminate();
      await eventually(() => client.readyState === WebSocket.CLOSED, "the client's end");
    },
  };
}

/** A client that speaks bytes; the server's side reads. */
async function openRawPair({ port, next }: Connect) {
  const client = await openRaw(port, upgradeRequest(PATH));
  await client.answer();
  const peer = await next();
  peer.socket.resume();
  return {
    client,
    peer,
    [Symbol.asyncDispose]: async () => {
      peer.socket.terminate();
      client[Symbol.dispose]();
      await eventually(() => peer.closed.length > 0, "the end");
    },
  };
}

function flushed(client: WebSocket): Promise<void> {
  return within(
    new Promise<void>((resolve) => client.ping(undefined, undefined, () => resolve())),
    "writing",
  );
}
