/** Uploads over HTTP: what is refused and in which words, what resumes, what becomes a file. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { newId } from "../../lib/ids.ts";
import { type Person, signUp, type TestServer } from "../support/api_server.ts";
import { eventually } from "../support/deadline.ts";
import { testWithServer } from "../support/shared_server.ts";
import { BYTES, createTus, type Tus, writeMetadata } from "../support/tus.ts";

const MEBIBYTE = 1024 * 1024;

async function newSender(server: TestServer): Promise<{ tus: Tus; person: Person }> {
  const person = await signUp(server);
  return { person, tus: createTus(server.origin, person.grant.accessToken) };
}

function sha256(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex");
}

/** Bytes that are the same for nobody else. */
function randomBytes(size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; at += 65_536) {
    crypto.getRandomValues(bytes.subarray(at, at + 65_536));
  }
  return bytes;
}

async function contentOf({ database: { sql } }: TestServer, file: string) {
  const [row] = await sql<{ sha256: string; size: number; type: string; name: string }[]>`
    select encode(c.sha256, 'hex') as sha256, c.size, c.type, f.name
    from files f join contents c on c.id = f.content_id where f.id = ${file}`;
  return row;
}

testWithServer("an upload comes through whatever is between", async (server) => {
  const { tus } = await newSender(server);
  for (const proto of ["https, http", "HTTPS"]) {
    const more = { "x-forwarded-proto": proto, forwarded: "for=_a, for=_b;proto=https" };
    const { status, address } = await tus.create(2, { filename: "a.txt" }, more);
    assert.equal(status, 201);
    assert.match(address, /^\/api\/v1\/files\//);
    assert.equal((await tus.patch(address, 0, "ab", more)).status, 204);
    assert.equal((await tus.ask("HEAD", address, more)).status, 200);
    assert.equal((await tus.ask("OPTIONS", tus.url, more)).status, 204);
  }
});

testWithServer("an upload that comes in pieces becomes a file under its id", async (server) => {
  const { tus } = await newSender(server);
  const { status, address, id, headers } = await tus.create(11, {
    filename: "überraschung.txt",
    filetype: "text/plain",
    other: "thing",
  });
  assert.equal(status, 201);
  assert.equal(headers.get("tus-resumable"), "1.0.0");
  assert.match(address, /^\/api\/v1\/files\/[0-9a-f-]{36}$/);
  assert.ok(Date.parse(headers.get("upload-expires") ?? "") > Date.now() + 23 * 3_600_000);
  assert.equal((await tus.patch(address, 0, "hello ")).headers.get("upload-offset"), "6");

  const head = await tus.ask("HEAD", address);
  assert.deepEqual(
    ["upload-offset", "upload-length", "cache-control", "upload-metadata"].map((name) =>
      head.headers.get(name)
    ),
    [
      "6",
      "11",
      "no-store",
      writeMetadata({
        filename: "überraschung.txt",
        filetype: "text/plain",
        other: "thing",
      }),
    ],
  );
  assert.equal(await contentOf(server, id), undefined);
  const last = await tus.patch(address, 6, "world");
  assert.equal(last.status, 204);
  assert.equal(last.headers.get("upload-expires"), null);
  assert.deepEqual(await contentOf(server, id), {
    sha256: sha256("hello world"),
    size: 11,
    type: "text/plain",
    name: "überraschung.txt",
  });
  assert.equal(await tus.offset(address), 11);
  const again = await tus.patch(address, 11, "");
  assert.deepEqual([again.status, again.body.detail], [409, "this file is whole already"]);
});

testWithServer("OPTIONS says what is spoken", async (server) => {
  const { status, headers } = await fetch(`${server.origin}/api/v1/files`, { method: "OPTIONS" });
  assert.equal(status, 204);
  assert.equal(headers.get("tus-version"), "1.0.0");
  assert.equal(headers.get("tus-max-size"), String(1024 ** 3));
  assert.equal(headers.get("tus-checksum-algorithm"), "sha256,sha1");
  for (const name of ["creation", "checksum", "termination", "expiration", "concatenation"]) {
    assert.ok(headers.get("tus-extension")?.split(",").includes(name), name);
  }
});

testWithServer("what is wrong about a new upload is refused in clear words", async (server) => {
  const { tus } = await newSender(server);
  const named = { "upload-metadata": writeMetadata({ filename: "a.txt" }) };
  const length = { "upload-length": "1" };
  const metadata = (fields: Record<string, string>) => ({
    ...length,
    "upload-metadata": writeMetadata(fields),
  });
  const cases: [Record<string, string>, number, RegExp][] = [
    [{ ...named, ...length, "tus-resumable": "0.2.2" }, 412, /Tus-Resumable has to be 1\.0\.0/],
    [named, 400, /Upload-Length/],
    [{ ...named, "upload-defer-length": "1" }, 400, /Upload-Length|defer/],
    [{ ...named, "upload-length": "-1" }, 400, /upload-length/],
    [{ ...named, "upload-length": "1.5" }, 400, /upload-length/],
    [{ ...named, "upload-length": "9e99" }, 400, /upload-length/],
    [{ ...named, "upload-length": String(2 * 1024 ** 3) }, 413, /at most 1073741824 bytes/],
    [{ ...named, "upload-length": "9".repeat(40) }, 413, /at most 1073741824 bytes/],
    [length, 422, /filename must not be empty/],
    [{ ...length, "upload-metadata": "filename ä" }, 400, /base64/],
    [{ ...length, "upload-metadata": "filename %%%%" }, 400, /base64/],
    [{ ...length, "upload-metadata": "filename YQ==,filename YQ==" }, 400, /base64/],
    [metadata({ filename: "../../etc/passwd" }), 422, /filename must not contain/],
    [metadata({ filename: ".." }), 422, /filename must not be \. or \.\./],
    [metadata({ filename: "a\u202Egpj.exe" }), 422, /filename must be one line/],
    [metadata({ filename: "a", filetype: "png" }), 422, /filetype must be a media type/],
    [metadata({ filename: "a", filetype: "text/html\r\nx: y" }), 422, /filetype/],
    [metadata({ filename: "a", sha256: "abc" }), 422, /sha256 must be 64/],
    [{ ...named, ...length, "upload-concat": "nonsense" }, 400, /Upload-Concat is/],
    [{ ...named, "upload-concat": "final;" }, 400, /Upload-Concat is/],
    [{ ...named, "upload-concat": "final;/elsewhere/x" }, 422, /not the address/],
    [{ ...named, ...length, "upload-checksum": "md5 abc" }, 400, /sha256 and sha1/],
  ];
  for (const [headers, status, words] of cases) {
    const answer = await tus.ask("POST", tus.url, headers);
    const shown = JSON.stringify(headers);
    const said = [
      answer.body.detail,
      ...(answer.body.errors as unknown as { path: string; message: string }[] ?? [])
        .map(({ path, message }) => `${path} ${message}`),
    ].join("; ");
    assert.equal(answer.status, status, `${shown}: ${said}`);
    assert.match(said, words, shown);
    assert.equal(answer.headers.get("content-type"), "application/problem+json", shown);
    assert.equal(answer.headers.get("tus-resumable"), "1.0.0", shown);
  }
  const { body } = await tus.ask("POST", tus.url, { ...named, ...length, "tus-resumable": "2" });
  assert.equal(body.code, "conflict");
});

testWithServer("what is wrong about a PATCH is refused, and loses nothing", async (server) => {
  const { tus } = await newSender(server);
  const { address } = await tus.create(10);
  assert.equal((await tus.patch(address, 0, "01234")).status, 204);
  const cases: [() => ReturnType<Tus["ask"]>, number, string][] = [
    [() => tus.patch(address, 0, "01234"), 409, "conflict"],
    [() => tus.patch(address, 7, "7"), 409, "conflict"],
    [() => tus.patch(address, 5, "567890123"), 413, "too-large"],
    [() => tus.patch(address, 5, "56", { "content-type": "text/plain" }), 415, "unsupported"],
    [() => tus.patch(address, -1, "56"), 400, "invalid"],
    [() => tus.patch(address, 5, "56", { "upload-checksum": "sha1 AAAA" }), 460, "invalid"],
    [() => tus.patch(`/api/v1/files/${newId()}`, 0, "a"), 404, "not-found"],
    [() => tus.patch("/api/v1/files/x", 0, "a"), 404, "not-found"],
    [
      () => tus.ask("PATCH", address, { "content-type": "application/offset+octet-stream" }, "5"),
      400,
      "invalid",
    ],
  ];
  for (const [ask, status, code] of cases) {
    const { status: got, body } = await ask();
    assert.deepEqual([got, body.code], [status, code], JSON.stringify(body));
    assert.equal(await tus.offset(address), 5);
  }
  const { tus: stranger } = await newSender(server);
  assert.equal((await stranger.patch(address, 5, "56789")).status, 404);
  assert.equal((await stranger.ask("DELETE", address)).status, 404);
  assert.equal(await stranger.offset(address), undefined);
  const digest = createHash("sha256").update("56789").digest("base64");
  const last = await tus.patch(address, 5, "56789", { "upload-checksum": `sha256 ${digest}` });
  assert.equal(last.status, 204, JSON.stringify(last.body));
});

testWithServer("a checksum that does not match leaves nothing behind", async (server) => {
  const { tus } = await newSender(server);
  const { address, id } = await tus.create(20 * MEBIBYTE);
  const bytes = randomBytes(20 * MEBIBYTE);
  const wrong = createHash("sha1").update("another").digest("base64");
  const { status } = await tus.patch(address, 0, bytes, { "upload-checksum": `sha1 ${wrong}` });
  assert.equal(status, 460);
  assert.equal(await tus.offset(address), 0);
  const left = await server.database.sql`select id from objects where upload_id = ${id}`;
  assert.equal(left.length, 0);
  const right = createHash("sha1").update(bytes).digest("base64");
  const good = await tus.patch(address, 0, bytes, { "upload-checksum": `sha1 ${right}` });
  assert.equal(good.status, 204);
  assert.equal((await contentOf(server, id))?.sha256, sha256(bytes));
});

testWithServer("a file that is not what was said is refused, and gone", async (server) => {
  const { tus } = await newSender(server);
  const other = await tus.create(5, { filename: "a.txt", sha256: sha256("other") });
  const refused = await tus.patch(other.address, 0, "bytes");
  assert.deepEqual([refused.status, refused.body.code], [422, "invalid"]);
  assert.match(String(refused.body.errors?.[0]?.message), new RegExp(sha256("bytes")));
  assert.equal(await tus.offset(other.address), undefined);

  const picture = await tus.create(5, { filename: "a.png", filetype: "image/png" });
  const wrong = await tus.patch(picture.address, 0, "bytes");
  assert.deepEqual([wrong.status, wrong.body.code], [415, "unsupported"]);
  assert.equal(await tus.offset(picture.address), undefined);

  const right = await tus.create(5, { filename: "a.txt", sha256: sha256("bytes").toUpperCase() });
  assert.equal((await tus.patch(right.address, 0, "bytes")).status, 204);
});

testWithServer("the same content is kept once, whoever sends it", async (server) => {
  const bytes = randomBytes(9 * MEBIBYTE);
  const ids: string[] = [];
  for (let count = 0; count < 2; count++) {
    const { tus } = await newSender(server);
    const { status, id } = await tus.ask("POST", tus.url, {
      "upload-length": String(bytes.length),
      "upload-metadata": writeMetadata({ filename: `${count}.bin` }),
      "content-type": "application/offset+octet-stream",
    }, bytes).then((answer) => ({
      ...answer,
      id: answer.headers.get("location")?.split("/").at(-1) ?? "",
    }));
    assert.equal(status, 201);
    ids.push(id);
  }
  const rows = await server.database.sql<{ contents: number; files: number }[]>`
    select count(distinct content_id)::int as contents, count(*)::int as files
    from files where id in ${server.database.sql(ids)}`;
  assert.deepEqual({ ...rows[0] }, { contents: 1, files: 2 });
});

testWithServer("parts that came side by side are put together", async (server) => {
  const { tus } = await newSender(server);
  const bytes = randomBytes(10 * MEBIBYTE);
  const cuts = [0, 3 * MEBIBYTE, 3 * MEBIBYTE + 1, bytes.length];
  const parts = await Promise.all([0, 1, 2].map(async (index) => {
    const part = bytes.slice(cuts[index], cuts[index + 1]);
    const { address } = await tus.create(part.length, {}, { "upload-concat": "partial" });
    assert.equal((await tus.patch(address, 0, part)).status, 204);
    const head = await tus.ask("HEAD", address);
    assert.equal(head.headers.get("upload-concat"), "partial");
    return address;
  }));
  const { tus: stranger } = await newSender(server);
  const put = (by: Tus, list: string[], filename = "whole.bin") =>
    by.ask("POST", by.url, {
      "upload-metadata": writeMetadata({ filename, sha256: sha256(bytes) }),
      "upload-concat": `final;${list.join(" ")}`,
    });
  const unfinished = await tus.create(5, {}, { "upload-concat": "partial" });
  const whole = await tus.create(5);
  for (
    const [by, list, words] of [
      [stranger, parts, /is no part of yours/],
      [tus, [...parts, unfinished.address], /has 0 of its 5 bytes/],
      [tus, [...parts, whole.address], /is no part of yours/],
      [tus, [...parts, `/api/v1/files/${newId()}`], /is no part of yours/],
    ] as const
  ) {
    const { status, body } = await put(by, [...list]);
    assert.equal(status, 422);
    assert.match(String(body.errors?.[0]?.message), words);
  }
  const [first = "", ...rest] = parts;
  const absolute = [`${server.origin}${first}`, ...rest];
  const answers = [await put(tus, absolute), await put(tus, absolute)];
  assert.deepEqual(answers.map(({ status }) => status), [201, 201], JSON.stringify(answers));
  const [address, again] = answers.map(({ headers }) => headers.get("location") ?? "");
  // Whoever did not hear the first answer gets the same file.
  assert.equal(again, address);
  const content = await contentOf(server, address?.split("/").at(-1) ?? "");
  assert.deepEqual([content?.sha256, content?.name], [sha256(bytes), "whole.bin"]);
  assert.equal(await tus.offset(first), undefined);
});

testWithServer("parts are no way past the size that a file may have", async (server) => {
  const { tus } = await newSender(server);
  const { largestFile } = server.config;
  const parts = await Promise.all([1, 2].map(async () => {
    const { address, id } = await tus.create(1, {}, { "upload-concat": "partial" });
    assert.equal((await tus.patch(address, 0, "a")).status, 204);
    return { address, id };
  }));
  // As if so much had come.
  const { sql } = server.database;
  const size = largestFile / 2;
  await sql`update uploads set size = ${size}, received = ${size}
    where id in ${sql(parts.map(({ id }) => id))}`;
  await sql`update uploads set size = size + 1, received = size + 1
    where id = ${parts[0]?.id ?? ""}`;
  const { status, body } = await tus.ask("POST", tus.url, {
    "upload-metadata": writeMetadata({ filename: "whole.bin" }),
    "upload-concat": `final;${parts.map(({ address }) => address).join(" ")}`,
  });
  assert.deepEqual([status, body.code], [413, "too-large"]);
  assert.match(String(body.detail), new RegExp(`at most ${largestFile} bytes, not `));
  // Nothing was lost by it.
  assert.equal(await tus.offset(parts[1]?.address ?? ""), size);
});

testWithServer("an upload ends when its owner says so, also in the middle", async (server) => {
  const { tus } = await newSender(server);
  const { address, id } = await tus.create(MEBIBYTE);
  const { promise: never, resolve } = Promise.withResolvers<void>();
  const slow = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start: (controller) => controller.enqueue(new Uint8Array(1_000)),
    pull: () => never,
  });
  const sending = tus.patch(address, 0, slow).catch(() => undefined);
  await objectsOf(server, id, 1);
  assert.equal((await tus.ask("DELETE", address)).status, 204);
  resolve();
  assert.equal((await sending)?.status ?? 409, 409);
  assert.equal(await tus.offset(address), undefined);
});

testWithServer("a second request takes over, and what the first had counts", async (server) => {
  const { tus } = await newSender(server);
  const { address, id } = await tus.create(2_000);
  const { promise: never, resolve } = Promise.withResolvers<void>();
  const slow = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start: (controller) => controller.enqueue(new Uint8Array(1_000)),
    pull: () => never,
  });
  const first = tus.patch(address, 0, slow).catch(() => undefined);
  await objectsOf(server, id, 1);
  assert.equal(await tus.offset(address), 1_000);
  assert.equal((await tus.patch(address, 1_000, new Uint8Array(1_000))).status, 204);
  resolve();
  assert.notEqual((await first)?.status, 204);
  assert.equal((await contentOf(server, id))?.size, 2_000);
});

/** Waits until so many objects of an upload are there, whole or not. */
async function objectsOf({ database: { sql } }: TestServer, upload: string, count: number) {
  for (;;) {
    const rows = await sql`select id from objects where upload_id = ${upload}`;
    if (rows.length >= count) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

testWithServer("a person has only so many uploads that are not finished", async (server) => {
  const { tus, person } = await newSender(server);
  await server.database.sql`
    insert into uploads (id, owner_id, size, name)
    select gen_random_uuid(), ${person.id}, 1, 'a' from generate_series(1, 99)`;
  const answers = await Promise.all(Array.from({ length: 4 }, () => tus.create(1)));
  assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 409, 409, 409]);
  const refused = answers.find(({ status }) => status === 409);
  assert.match(String(refused?.body.detail), /100 of your uploads are unfinished/);
});

testWithServer("an upload of which nobody heard takes up no room for long", async (server) => {
  const { tus, person } = await newSender(server);
  const { sql } = server.database;
  const most = 1024 ** 3;
  const unheard = await tus.create(most);
  assert.equal(unheard.status, 201);
  const old = (id: string) =>
    sql`update uploads set touched_at = clock_timestamp() - interval '11 minutes' where id = ${id}`;
  // Its sender may have it yet.
  assert.equal((await tus.create(most)).status, 413);
  await old(unheard.id);
  const begun = await tus.create(most - 7);
  assert.equal(begun.status, 201);
  assert.equal(await tus.offset(unheard.address), undefined);
  // One of which something has come is somebody's, however long ago that was.
  assert.equal((await tus.patch(begun.address, 0, "a")).status, 204);
  await old(begun.id);
  assert.equal((await tus.create(most)).status, 413);
  assert.equal(await tus.offset(begun.address), 1);
  await tus.ask("DELETE", begun.address);

  // One that breaks before its address was told.
  const { promise: broken, reject } = Promise.withResolvers<void>();
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start: (controller) => controller.enqueue(new Uint8Array(1_000)),
    pull: () => broken,
  });
  const sending = assert.rejects(tus.ask("POST", tus.url, {
    "upload-length": "2000",
    "upload-metadata": writeMetadata({ filename: "a.bin" }),
    "content-type": BYTES,
  }, body));
  const left = () => sql<{ id: string }[]>`select id from uploads where owner_id = ${person.id}`;
  let id: string | undefined;
  while (id === undefined) id = (await left())[0]?.id;
  await objectsOf(server, id, 1);
  reject(new Error("the train is in a tunnel"));
  await sending;
  await eventually(async () => (await left()).length === 0, "the end of what nobody knows of");
});

testWithServer("twenty uploads at once take no more room than there is", async (server) => {
  const { tus } = await newSender(server);
  const size = 100 * MEBIBYTE;
  const answers = await Promise.all(Array.from({ length: 20 }, () => tus.create(size)));
  const made = answers.filter(({ status }) => status === 201);
  assert.equal(made.length, 10);
  const refused = answers.find(({ status }) => status !== 201);
  assert.deepEqual([refused?.status, refused?.body.code], [413, "too-large"]);
  assert.match(String(refused?.body.detail), /your files take up 1048576000 bytes/);
  await tus.ask("DELETE", made[0]?.address ?? "");
  assert.equal((await tus.create(size)).status, 201);
});

testWithServer("an empty file is one as well", async (server) => {
  const { tus } = await newSender(server);
  const { status, address, id } = await tus.create(0);
  assert.equal(status, 201);
  assert.equal(await tus.offset(address), 0);
  assert.equal((await contentOf(server, id))?.sha256, sha256());
});

testWithServer("who asks has done what a server that died left undone", async (server) => {
  const { tus } = await newSender(server);
  const { address, id } = await tus.create(7, {}, { "upload-concat": "partial" });
  assert.equal((await tus.patch(address, 0, "all of it").catch(() => undefined))?.status, 413);
  assert.equal((await tus.patch(address, 0, "of them")).status, 204);
  // All has come, and nobody has looked at it.
  await server.database.sql`update uploads set partial = false, name = 'a' where id = ${id}`;
  assert.equal(await contentOf(server, id), undefined);
  assert.deepEqual(await Promise.all([tus.offset(address), tus.offset(address)]), [7, 7]);
  assert.equal((await contentOf(server, id))?.sha256, sha256("of them"));
});

testWithServer("a body of more than a megabyte is no reason to refuse a file", async (server) => {
  const { tus } = await newSender(server);
  const bytes = randomBytes(20 * MEBIBYTE + 17);
  const { address, id } = await tus.create(bytes.length);
  assert.equal((await tus.patch(address, 0, bytes)).status, 204);
  assert.equal((await contentOf(server, id))?.sha256, sha256(bytes));
  const rows = await server.database.sql<{ start: number; size: number }[]>`
    select o.start, o.size from objects o join files f on f.content_id = o.content_id
    where f.id = ${id} order by o.start`;
  assert.deepEqual(rows.map(({ size }) => size), [8 * MEBIBYTE, 8 * MEBIBYTE, 4 * MEBIBYTE + 17]);
});
