/**
 * A store over a stand-in for an S3 server, for what a real one does not do when it is asked to: it
 * answers as the test tells it. What a real one does is in tests/faults/s3_server_test.ts.
 */
import assert from "node:assert/strict";
import { openS3Store } from "../../../lib/files/s3_store.ts";
import { LARGEST_OBJECT } from "../../../lib/files/object_store.ts";
import { newId } from "../../../lib/ids.ts";
import { realTimers, type Timers } from "../../../lib/timers.ts";
import { put, readAll, someBytes, unavailable } from "../../contract/object_store_contract.ts";
import { createFakeLog } from "../../support/fake_services.ts";

const KEYS = { accessKey: "an access key", secretKey: "a key that nobody is told" };

type Answer = (request: Request) => Response | Promise<Response>;

/**
 * A store that was opened while the stand-in was well, and asks `answer` from then on. Nothing is waited
 * for between two tries, and for a server that is silent `silence` milliseconds.
 */
async function openWith(answer: Answer, silence = Infinity) {
  let opened = false;
  const timers: Timers = {
    after: (ms, callback) =>
      realTimers.after(ms < 10_000 ? 0 : opened ? Math.min(ms, silence) : ms, callback),
    random: () => 0,
  };
  await using cleanup = new AsyncDisposableStack();
  const asked: Request[] = [];
  let current: Answer = (request) => {
    const status = { PUT: 200, HEAD: 200 }[request.method] ?? 204;
    return new Response(null, { status });
  };
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    asked.push(request);
    return current(request);
  });
  cleanup.defer(() => server.shutdown());
  const log = createFakeLog();
  const endpoint = `http://127.0.0.1:${server.addr.port}`;
  const config = {
    kind: "s3",
    endpoint,
    region: "eu-1",
    bucket: "b",
    prefix: "p/",
    ...KEYS,
  } as const;
  const store = cleanup.use(await openS3Store(config, log, timers));
  opened = true;
  asked.length = 0;
  current = answer;
  const resources = cleanup.move();
  return { store, asked, log, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}

const error = (status: number, code: string) =>
  new Response(`<?xml version="1.0"?>\n<Error><Code>${code}</Code><Secret>hush</Secret></Error>`, {
    status,
  });

/** A part of what is there, as a server answers it. */
function part(bytes: Uint8Array<ArrayBuffer>, start: number, total = 1_000): Response {
  const range = `bytes ${start}-${start + bytes.length - 1}/${total}`;
  return new Response(bytes, { status: 206, headers: { "content-range": range } });
}

Deno.test("openS3Store tries again, four times in all, where a server is busy", async () => {
  let busy = 3;
  await using opened = await openWith(async (request) => {
    await request.body?.cancel();
    return busy-- > 0 ? error(503, "SlowDown") : new Response(null);
  });
  const { store, asked, log } = opened;
  await put(store, [someBytes(100)]);
  assert.equal(asked.length, 4);
  assert.deepEqual(log.lines, []);
  busy = 4;
  await assert.rejects(put(store, [someBytes(100)]), unavailable);
  assert.equal(asked.length, 8);
  assert.match(log.lines.join("\n"), /^files\.failed S3Refusal: .+ PUT with 503 SlowDown$/);
});

Deno.test("openS3Store asks once where a server refuses, and tells nobody a key", async () => {
  await using opened = await openWith(async (request) => {
    await request.body?.cancel();
    return error(403, "SignatureDoesNotMatch");
  });
  const { store, asked, log } = opened;
  await assert.rejects(put(store, [someBytes(100)]), unavailable);
  await assert.rejects(readAll(store, newId(), 0, 10), unavailable);
  await assert.rejects(store.remove(newId()), unavailable);
  await assert.rejects(store.check());
  assert.deepEqual(asked.map(({ method }) => method), ["PUT", "GET", "DELETE", "HEAD"]);
  assert.deepEqual(log.lines.map((line) => line.slice(-25)), [
    "403 SignatureDoesNotMatch",
    "403 SignatureDoesNotMatch",
    "403 SignatureDoesNotMatch",
  ]);
  assert.doesNotMatch(JSON.stringify(log.lines), /hush|nobody is told/);
});

Deno.test("openS3Store gives a silent server up after two tries", async () => {
  const { promise: end, resolve } = Promise.withResolvers<void>();
  await using opened = await openWith(async () => {
    await end;
    return new Response(null);
  }, 200);
  const { store, asked, log } = opened;
  await assert.rejects(put(store, [someBytes(100)]), unavailable);
  assert.equal(asked.length, 2);
  assert.match(log.lines.join("\n"), /said nothing for 60000 ms/);
  await assert.rejects(readAll(store, newId(), 0, 10), unavailable);
  assert.equal(asked.length, 4);
  resolve();
});

Deno.test("openS3Store goes on where a server fell silent in the middle of an object", async () => {
  const bytes = someBytes(1_000);
  const ranges: (string | null)[] = [];
  await using opened = await openWith((request) => {
    ranges.push(request.headers.get("range"));
    if (ranges.length > 1) return part(bytes.slice(400, 900), 400);
    const body = new ReadableStream({ start: (stream) => stream.enqueue(bytes.slice(100, 400)) });
    return new Response(body, { status: 206, headers: { "content-range": "bytes 100-899/1000" } });
  }, 2_000);
  assert.deepEqual(await readAll(opened.store, newId(), 100, 900), bytes.slice(100, 900));
  assert.deepEqual(ranges, ["bytes=100-899", "bytes=400-899"]);
});

Deno.test("openS3Store takes no other bytes than those that it asked for", async () => {
  let answer = () => part(someBytes(10), 0);
  await using opened = await openWith(() => answer());
  const { store } = opened;
  const read = () => readAll(store, newId(), 100, 200);
  await assert.rejects(read(), unavailable, "another part");
  answer = () => new Response(someBytes(1_000));
  await assert.rejects(read(), unavailable, "the whole object");
  answer = () => part(someBytes(101), 100);
  await assert.rejects(read(), unavailable, "a longer part");
  answer = () => part(someBytes(0), 100);
  await assert.rejects(read(), unavailable, "never a byte");
});

Deno.test("openS3Store follows no server that points elsewhere", async () => {
  let elsewhere = 0;
  await using other = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => {
    elsewhere++;
    return new Response(null);
  });
  const location = `http://127.0.0.1:${other.addr.port}/b/p/x`;
  await using opened = await openWith(() =>
    new Response(null, { status: 307, headers: { location } })
  );
  await assert.rejects(put(opened.store, [someBytes(10)]), unavailable);
  assert.deepEqual([opened.asked.length, elsewhere], [1, 0]);
});

Deno.test("openS3Store holds no object that is larger than one may be", async () => {
  await using opened = await openWith(() => new Response(null));
  const writer = await opened.store.create(newId());
  await writer.write(new Uint8Array(LARGEST_OBJECT));
  await assert.rejects(writer.write(new Uint8Array(1)), /8388608 bytes at most/);
  await writer.abandon();
  assert.equal(opened.asked.length, 0);
});

Deno.test("openS3Store sends six objects at a time, and the rest after them", async () => {
  let [now, most] = [0, 0];
  const { promise: six, resolve } = Promise.withResolvers<void>();
  await using opened = await openWith(async (request) => {
    most = Math.max(most, ++now);
    if (now === 6) resolve();
    await six;
    await request.body?.cancel();
    now--;
    return new Response(null);
  });
  await Promise.all(Array.from({ length: 20 }, () => put(opened.store, [someBytes(100)])));
  assert.deepEqual([opened.asked.length, most], [20, 6]);
});

Deno.test("openS3Store holds 32 objects in little more than they are", async () => {
  let taken = 0;
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      for await (const chunk of request.body ?? []) taken += chunk.length;
      return new Response(null, { status: request.method === "DELETE" ? 204 : 200 });
    },
  );
  const endpoint = `http://127.0.0.1:${server.addr.port}`;
  const config = { kind: "s3", endpoint, region: "eu-1", bucket: "b", prefix: "", ...KEYS };
  const script = new URL("../../support/s3_sender.ts", import.meta.url).href;
  const args = ["run", "-A", "--no-check", "--quiet", script, JSON.stringify(config)];
  const { success, stdout } = await new Deno.Command(Deno.execPath(), { args, stderr: "inherit" })
    .output();
  assert.ok(success);
  assert.equal(taken, 2 * 32 * LARGEST_OBJECT);
  const mebibytes = Number(new TextDecoder().decode(stdout));
  assert.ok(mebibytes > 200 && mebibytes < 640, `${mebibytes} MiB over idle`);
});
