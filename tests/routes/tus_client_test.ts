/** tus-js-client, which the page uses as well, against the server. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { Buffer } from "node:buffer";
import { type PreviousUpload, Upload, type UploadOptions } from "tus-js-client";
import { signUp, type TestServer } from "../support/api_server.ts";
import { eventually } from "../support/deadline.ts";
import { startFaultyProxy } from "../support/faulty_proxy.ts";
import { testWithServer } from "../support/shared_server.ts";
import { createTus } from "../support/tus.ts";

const MEBIBYTE = 1024 * 1024;

/** Where the client keeps what it began; none of the files has another one's fingerprint. */
function createStorage(): NonNullable<UploadOptions["urlStorage"]> {
  const kept = new Map<string, PreviousUpload>();
  return {
    findAllUploads: () => Promise.resolve([...kept.values()]),
    findUploadsByFingerprint: () => Promise.resolve([...kept.values()]),
    removeUpload: (key) => Promise.resolve(void kept.delete(key)),
    addUpload: (fingerprint, upload) => {
      kept.set(fingerprint, { ...upload, urlStorageKey: fingerprint });
      return Promise.resolve(fingerprint);
    },
  };
}

async function newUpload(server: TestServer, origin = server.origin) {
  const person = await signUp(server);
  const bytes = Buffer.from(crypto.getRandomValues(new Uint8Array(65_536)));
  const file = Buffer.concat(Array.from({ length: 6 * 16 + 1 }, (_, index) => {
    const part = Buffer.from(bytes);
    part.writeUInt32BE(index, 8);
    return part;
  }));
  const urlStorage = createStorage();
  const begin = (options: UploadOptions) => {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    promise.catch(() => {});
    const upload: Upload = new Upload(file, {
      endpoint: `${origin}/api/v1/files`,
      headers: { authorization: `Bearer ${person.grant.accessToken}` },
      metadata: { filename: "from the client.bin", filetype: "" },
      chunkSize: MEBIBYTE,
      retryDelays: [50, 100, 200, 400],
      urlStorage,
      fingerprint: () => Promise.resolve("the only file"),
      onSuccess: () => resolve(upload.url ?? ""),
      onError: reject,
      ...options,
    });
    return { upload, done: promise };
  };
  const check = async (url: string) => {
    const id = url.split("/").at(-1) ?? "";
    const [row] = await server.database.sql<{ sha256: string }[]>`
      select encode(c.sha256, 'hex') as sha256 from files f join contents c on c.id = f.content_id
      where f.id = ${id} and f.owner_id = ${person.id}`;
    assert.equal(row?.sha256, createHash("sha256").update(file).digest("hex"));
  };
  const tus = createTus(server.origin, person.grant.accessToken);
  return { file, begin, check, tus, person };
}

testWithServer("tus-js-client sends a file over a line that breaks", async (server) => {
  await using proxy = startFaultyProxy(server.port);
  const { begin, check } = await newUpload(server, proxy.origin);
  let cuts = 0;
  const { upload, done } = begin({
    onChunkComplete: (_size, accepted) => {
      if (accepted >= cuts * 2 * MEBIBYTE && cuts < 3 && ++cuts > 0) proxy.cut();
    },
  });
  upload.start();
  await check(await done);
  assert.equal(cuts, 3);
});

testWithServer("tus-js-client goes on with what an earlier one began", async (server) => {
  const { begin, check, tus } = await newUpload(server);
  const { promise: halfway, resolve } = Promise.withResolvers<void>();
  const first = begin({
    onChunkComplete: (_size, accepted) => {
      if (accepted >= 3 * MEBIBYTE) resolve();
    },
  });
  first.upload.start();
  await halfway;
  await first.upload.abort();
  const second = begin({});
  const [previous] = await second.upload.findPreviousUploads();
  assert.ok(previous !== undefined);
  second.upload.resumeFromPreviousUpload(previous);
  assert.ok((await tus.offset(previous.uploadUrl ?? "") ?? 0) >= 3 * MEBIBYTE);
  second.upload.start();
  const url = await second.done;
  assert.equal(url, previous.uploadUrl);
  await check(url);
});

testWithServer("tus-js-client sends three parts side by side", async (server) => {
  const { begin, check, person } = await newUpload(server);
  const { upload, done } = begin({ parallelUploads: 3 });
  upload.start();
  await check(await done);
  const left = await server.database.sql`select from uploads where owner_id = ${person.id}`;
  assert.equal(left.length, 0);
});

testWithServer("tus-js-client ends an upload for good", async (server) => {
  const { begin, tus, person } = await newUpload(server);
  const { promise: begun, resolve } = Promise.withResolvers<void>();
  const { upload } = begin({ onChunkComplete: () => resolve() });
  upload.start();
  await begun;
  const url = upload.url ?? "";
  await upload.abort(true);
  assert.equal(await tus.offset(url), undefined);
  await eventually(async () => {
    const left = await server.database.sql`select from uploads where owner_id = ${person.id}`;
    return left.length === 0;
  }, "the upload's end");
});

testWithServer("tus-js-client is told once what is wrong about a file", async (server) => {
  const { begin } = await newUpload(server);
  const { upload, done } = begin({ metadata: { filename: "a.png", filetype: "image/png" } });
  upload.start();
  await assert.rejects(done, /415.*unsupported/s);
});
