import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { AppError } from "../../../../lib/errors.ts";
import { readChecksum } from "../../../../lib/files/uploads/checksum.ts";
import { createFinishing } from "../../../../lib/files/uploads/finishing.ts";
import { pullFrom } from "../../../../lib/files/uploads/pull.ts";
import { receive } from "../../../../lib/files/uploads/receive.ts";
import { newId } from "../../../../lib/ids.ts";
import { LARGEST_OBJECT } from "../../../../lib/files/object_store.ts";
import { readPiecesOfUpload } from "../../../../lib/sql/files/objects.ts";
import {
  beginWriting,
  createUpload,
  readUpload,
  type Upload,
} from "../../../../lib/sql/files/uploads.ts";
import type { Sql } from "../../../../lib/sql/open.ts";
import { createTurns } from "../../../../lib/turns.ts";
import { createFakeClock } from "../../../support/clock.ts";
import { testWithDatabase } from "../../../support/databases.ts";
import { createFakeTimers } from "../../../support/fake_timers.ts";
import { createMemoryObjects } from "../../../support/memory_objects.ts";
import { seedUser } from "../../../support/seed.ts";

type Bytes = Uint8Array<ArrayBuffer>;

async function stageOf(sql: Sql, size: number) {
  const owner = await seedUser(sql);
  const [id, writer] = [newId(), newId()];
  const said = { name: "a", type: undefined, sha256: undefined, metadata: "" };
  await createUpload(sql, { id, owner, size, ...said, partial: false }, 1024 ** 3);
  assert.ok(await beginWriting(sql, { id, writer, offset: 0 }));
  const store = createMemoryObjects();
  const clock = createFakeClock();
  const parts = { sql, store, clock, turns: createTurns(2) };
  const upload = async (): Promise<Upload> => {
    const found = await readUpload(sql, owner, id);
    assert.ok(found !== undefined);
    return found;
  };
  const send = (
    bytes: AsyncIterable<Bytes>,
    more: { checksum?: string; mayGoOn?: () => Promise<void> } = {},
  ) => {
    const { mayGoOn = () => Promise.resolve(), checksum } = more;
    const bounds = { most: size, signal: new AbortController().signal, timers: createFakeTimers() };
    const receiving = { upload: id, writer, offset: 0, checksum: readChecksum(checksum), mayGoOn };
    return receive(parts, receiving, pullFrom(bytes, bounds));
  };
  const left = async () => ({
    received: (await upload()).received,
    pieces: (await readPiecesOfUpload(sql, id)).map((piece) => piece.size),
    stored: [...store.objects.values()].map(({ length }) => length),
  });
  return { id, owner, store, clock, parts, send, left, upload };
}

async function* chunks(...sizes: readonly (number | Error)[]): AsyncGenerator<Bytes> {
  for (const size of sizes) {
    await Promise.resolve();
    if (size instanceof Error) throw size;
    yield new Uint8Array(size);
  }
}

const MEBIBYTE = 1024 * 1024;

testWithDatabase(
  "receive fills objects, and no object holds more than one may",
  async ({ sql }) => {
    const size = 2 * LARGEST_OBJECT + 3 * MEBIBYTE;
    const { send, left } = await stageOf(sql, size);
    assert.equal(await send(chunks(5 * MEBIBYTE, 7 * MEBIBYTE, 7 * MEBIBYTE)), size);
    const sizes = [LARGEST_OBJECT, LARGEST_OBJECT, 3 * MEBIBYTE];
    assert.deepEqual(await left(), { received: size, pieces: sizes, stored: sizes });
  },
);

testWithDatabase("receive counts what came before the line broke", async ({ sql }) => {
  const { send, left } = await stageOf(sql, 20 * MEBIBYTE);
  const broken = chunks(LARGEST_OBJECT, 1_000, new Error("the line broke"));
  await assert.rejects(send(broken), /the connection ended/);
  const pieces = [LARGEST_OBJECT, 1_000];
  assert.deepEqual(await left(), { received: LARGEST_OBJECT + 1_000, pieces, stored: pieces });
});

testWithDatabase("receive counts nothing of what has no checksum yet", async ({ sql }) => {
  const { send, left } = await stageOf(sql, 20 * MEBIBYTE);
  const sha1 = createHash("sha1").update(new Uint8Array(LARGEST_OBJECT + 1_000)).digest("base64");
  const checksum = `sha1 ${sha1}`;
  const nothing = { received: 0, pieces: [], stored: [] };
  const broken = chunks(LARGEST_OBJECT, 1_000, new Error("the line broke"));
  await assert.rejects(send(broken, { checksum }), /the connection ended/);
  assert.deepEqual(await left(), nothing);
  await assert.rejects(send(chunks(LARGEST_OBJECT, 1_001), { checksum }), /another checksum/);
  assert.deepEqual(await left(), nothing);
  assert.equal(await send(chunks(LARGEST_OBJECT, 1_000), { checksum }), LARGEST_OBJECT + 1_000);
  assert.deepEqual((await left()).pieces, [LARGEST_OBJECT, 1_000]);
});

testWithDatabase("receive ends a request with a checksum that takes too long", async ({ sql }) => {
  const { send, left, clock } = await stageOf(sql, 1_000);
  const slow = async function* () {
    for (let count = 0; count < 10; count++) {
      clock.advance(5 * 60_000);
      yield* chunks(100);
    }
  };
  const sha1 = createHash("sha1").update(new Uint8Array(1_000)).digest("base64");
  const late = { code: "too-large", message: /45 minutes; send less in one/ };
  await assert.rejects(send(slow(), { checksum: `sha1 ${sha1}` }), late);
  assert.deepEqual(await left(), { received: 0, pieces: [], stored: [] });
  // What counts as it comes may take as long as it does.
  assert.equal(await send(slow()), 1_000);
});

testWithDatabase("receive ends an object that takes long", async ({ sql }) => {
  const { send, left, clock } = await stageOf(sql, 1_000);
  const slow = async function* () {
    for (let count = 0; count < 10; count++) {
      clock.advance(6_000);
      yield* chunks(100);
    }
  };
  assert.equal(await send(slow()), 1_000);
  const { pieces } = await left();
  assert.ok(pieces.length === 2 || pieces.length === 3, `${pieces}`);
});

testWithDatabase(
  "receive counts no object that could not be stored, and leaves it to the sweep",
  async ({ sql }) => {
    const { send, left, store } = await stageOf(sql, 20 * MEBIBYTE);
    const { create } = store;
    let objects = 0;
    store.create = async (id) => {
      const object = await create(id);
      if (++objects < 2) return object;
      const full = () => Promise.reject(new AppError("unavailable", "no room is left"));
      return { ...object, finish: full };
    };
    await assert.rejects(send(chunks(LARGEST_OBJECT, 1_000)), /no room is left/);
    assert.deepEqual(await left(), {
      received: LARGEST_OBJECT,
      pieces: [LARGEST_OBJECT],
      stored: [LARGEST_OBJECT],
    });
    const dead =
      await sql`select from objects where size is null and created_at > now() - interval '1 min'
    and upload_id is not null`;
    assert.equal(dead.length, 1);
  },
);

testWithDatabase("receive counts nothing more once another writer came", async ({ sql }) => {
  const { id, send, left } = await stageOf(sql, 20 * MEBIBYTE);
  const overtaken = async function* () {
    yield* chunks(LARGEST_OBJECT, 1_000);
    assert.ok(await beginWriting(sql, { id, writer: newId(), offset: LARGEST_OBJECT }));
    yield* chunks(1_000);
  };
  await assert.rejects(send(overtaken()), /another request goes on/);
  assert.deepEqual(await left(), {
    received: LARGEST_OBJECT,
    pieces: [LARGEST_OBJECT],
    stored: [LARGEST_OBJECT],
  });
});

testWithDatabase("receive goes on only as long as its sender may", async ({ sql }) => {
  const { send, left } = await stageOf(sql, 20 * MEBIBYTE);
  let asked = 0;
  const mayGoOn = () =>
    ++asked < 2
      ? Promise.resolve()
      : Promise.reject(new AppError("unauthenticated", "this session has ended"));
  const all = chunks(LARGEST_OBJECT, LARGEST_OBJECT);
  await assert.rejects(send(all, { mayGoOn }), /this session has ended/);
  assert.equal((await left()).received, LARGEST_OBJECT);
});

testWithDatabase(
  "finishing reads a file once for all who wait, and keeps what is fit",
  async ({ sql }) => {
    const { send, parts, upload, store, id } = await stageOf(sql, 1_000);
    await send(chunks(1_000));
    let looked = 0;
    const kept = new Uint8Array(600).fill(7);
    const finishing = createFinishing({
      ...parts,
      inspect: () => {
        looked++;
        const bytes = async function* () {
          yield await Promise.resolve(kept);
        };
        return Promise.resolve({ type: "image/png", kept: { size: kept.length, bytes } });
      },
    });
    const whole = await upload();
    await Promise.all([finishing.finish(whole), finishing.finish(whole)]);
    assert.equal(looked, 1);
    const [row] = await sql<{ type: string; size: number; sha256: string; original: string }[]>`
    select c.type, c.size, encode(c.sha256, 'hex') as sha256, encode(g.sha256, 'hex') as original
    from files f join contents c on c.id = f.content_id
    join content_originals g on g.content_id = c.id where f.id = ${id}`;
    const hex = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
    assert.deepEqual({ ...row }, {
      type: "image/png",
      size: 600,
      sha256: hex(kept),
      original: hex(new Uint8Array(1_000)),
    });
    const [object] = await sql<{ id: string }[]>`
    select o.id from objects o join files f on f.content_id = o.content_id where f.id = ${id}`;
    assert.deepEqual(store.objects.get(object?.id ?? ""), kept);
  },
);

testWithDatabase("finishing leaves what it could not read for another try", async ({ sql }) => {
  const { send, parts, upload, store } = await stageOf(sql, 10);
  await send(chunks(10));
  const whole = await upload();
  const finishing = createFinishing({
    ...parts,
    inspect: () => Promise.resolve({ type: "application/octet-stream" }),
  });
  const [key = "", bytes = new Uint8Array()] = [...store.objects][0] ?? [];
  store.objects.delete(key);
  await assert.rejects(finishing.finish(whole), /not here/);
  assert.equal((await upload()).received, 10);
  store.objects.set(key, bytes);
  await finishing.finish(whole);
  await assert.rejects(upload());
  // Whoever comes too late has nothing to complain of.
  await finishing.finish(whole);
});

testWithDatabase(
  "finishing reads one file of a person at a time, and another's beside it",
  async ({ sql }) => {
    const { parts, upload } = await stageOf(sql, 10);
    const slow = Promise.withResolvers<void>();
    const looked: string[] = [];
    const finishing = createFinishing({
      ...parts,
      inspect: async (_source, { name }) => {
        looked.push(name);
        if (name !== "quick") await slow.promise;
        throw new AppError("unavailable", "not now");
      },
    });
    const mine = await upload();
    // Of none of which there is an upload any more once it has been looked at.
    const finish = (owner: string, name: string) =>
      finishing.finish({ ...mine, id: newId(), owner, name, size: 0 });
    const waiting = ["first", "second", "third"].map((name) => finish(mine.owner, name));
    await finish(newId(), "quick");
    assert.deepEqual(looked.toSorted(), ["first", "quick"]);
    slow.resolve();
    await Promise.all(waiting);
    assert.deepEqual(looked.slice(-2), ["second", "third"]);
  },
);
