/** That the network of the tests is as bad as it says. */
import assert from "node:assert/strict";
import { type FaultyProxy, startFaultyProxy } from "./faulty_proxy.ts";
import { until } from "./people.ts";

/** Sends back what comes, and counts the bytes that came. */
function startEcho(): AsyncDisposable & { readonly port: number; readonly heard: number } {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  let heard = 0;
  const serving = (async () => {
    for await (const connection of listener) {
      const counted = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
        transform: (chunk, controller) => {
          heard += chunk.length;
          controller.enqueue(chunk);
        },
      });
      connection.readable.pipeThrough(counted).pipeTo(connection.writable).catch(() => {});
    }
  })();
  return {
    port: (listener.addr as Deno.NetAddr).port,
    get heard() {
      return heard;
    },
    [Symbol.asyncDispose]: async () => {
      listener.close();
      await serving;
    },
  };
}

/** A connection that tells how many bytes came, and whether it has ended. */
async function connectTo({ port }: FaultyProxy) {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const state = { heard: 0, ended: false };
  const reading = (async () => {
    try {
      for await (const chunk of connection.readable) state.heard += chunk.length;
    } catch {
      // Cut.
    }
    state.ended = true;
  })();
  const writer = connection.writable.getWriter();
  return {
    state,
    say: (bytes: number) => writer.write(new Uint8Array(bytes)),
    [Symbol.asyncDispose]: async () => {
      try {
        connection.close();
      } catch {
        // It was cut.
      }
      await reading;
    },
  };
}

async function isRefused({ port }: FaultyProxy): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return false;
  } catch (error) {
    // A moment earlier it was still taken, and then cut.
    return error instanceof Deno.errors.ConnectionRefused;
  }
}

const A_WHILE = 100;
const aWhile = () => new Promise((resolve) => setTimeout(resolve, A_WHILE));

Deno.test("startFaultyProxy holds up one way and leaves the other", async () => {
  await using echo = startEcho();
  await using proxy = startFaultyProxy(echo.port);
  await using caller = await connectTo(proxy);
  await caller.say(1);
  await until("an answer", () => caller.state.heard === 1);

  proxy.stall("back");
  await caller.say(10);
  await until("it came there", () => echo.heard === 11);
  await aWhile();
  assert.equal(caller.state.heard, 1);
  proxy.heal();
  await until("the answer comes after all", () => caller.state.heard === 11);

  proxy.stall("there");
  await caller.say(100);
  await aWhile();
  assert.equal(echo.heard, 11);
  proxy.heal();
  await until("all of it comes, once", () => caller.state.heard === 111 && echo.heard === 111);
});

Deno.test("startFaultyProxy accepts and stays silent, refuses, and heals", async () => {
  await using echo = startEcho();
  await using proxy = startFaultyProxy(echo.port);
  proxy.stall("there", "back");
  await using waiting = await connectTo(proxy);
  await waiting.say(5);
  await aWhile();
  assert.deepEqual({ ...waiting.state, there: echo.heard }, { heard: 0, ended: false, there: 0 });
  proxy.heal();
  await until("it comes", () => waiting.state.heard === 5);

  proxy.reachable = false;
  assert.equal(waiting.state.ended, false, "what was connected stays so");
  await until("refused", () => isRefused(proxy));
  assert.equal(proxy.cut(), 1);
  await until("cut", () => waiting.state.ended);
  proxy.heal();
  await using again = await connectTo(proxy);
  await again.say(7);
  await until("it answers again", () => again.state.heard === 7);
});

Deno.test("startFaultyProxy tells of an end only where there is a way", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const ending = (async () => {
    for await (const connection of listener) connection.close();
  })();
  await using proxy = startFaultyProxy((listener.addr as Deno.NetAddr).port);
  await using told = await connectTo(proxy);
  await until("told", () => told.state.ended);
  proxy.stall("back");
  await using caller = await connectTo(proxy);
  await aWhile();
  assert.equal(caller.state.ended, false);
  proxy.heal();
  await until("told after all", () => caller.state.ended);
  listener.close();
  await ending;
});

Deno.test("startFaultyProxy loses what comes on the connections there are, and lets new ones be", async () => {
  await using echo = startEcho();
  await using proxy = startFaultyProxy(echo.port);
  await using caller = await connectTo(proxy);
  await caller.say(1);
  await until("an answer", () => caller.state.heard === 1);
  proxy.lose("back");
  await caller.say(10);
  await until("it came there", () => echo.heard === 11);
  await using another = await connectTo(proxy);
  await another.say(100);
  await until("another is answered", () => another.state.heard === 100);
  assert.deepEqual(caller.state, { heard: 1, ended: false });
});
