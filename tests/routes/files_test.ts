import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { connect } from "node:net";
import { openDiskStore } from "../../lib/files/disk_store.ts";
import type { ObjectStore } from "../../lib/files/object_store.ts";
import { newId } from "../../lib/ids.ts";
import { createTokens } from "../../lib/tokens.ts";
import { createFileLinks } from "../../routes/file_links.ts";
import { type Person, signUp, type TestServer } from "../support/api_server.ts";
import { eventually } from "../support/deadline.ts";
import { createFakeLog } from "../support/fake_services.ts";
import { type SeededFile, seedFile } from "../support/seed_file.ts";
import { testWithServer } from "../support/shared_server.ts";

const MIB = 1024 * 1024;

function openStore({ config: { files } }: TestServer): Promise<ObjectStore> {
  if (files.kind !== "disk") throw new Error("the files of tests are on disk");
  return openDiskStore(files.directory, createFakeLog());
}

/** A person with a file, and how it is asked for by plain requests. */
async function setUp(server: TestServer, of: SeededFile) {
  const ann = await signUp(server);
  const store = await openStore(server);
  const file = await seedFile(server.database.sql, ann.id, { store, ...of });
  return { ann, store, file, ask: asking(server, ann, `/files/${file.id}`) };
}

function asking(server: TestServer, person: Person, path: string) {
  return async (headers: Record<string, string> = {}, method = "GET") => {
    const response = await fetch(`${server.origin}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${person.grant.accessToken}`, ...headers },
    });
    const bytes = new Uint8Array(await response.arrayBuffer());
    return { status: response.status, header: (name: string) => response.headers.get(name), bytes };
  };
}

/** The one object that a file consists of. */
async function objectOf({ database: { sql } }: TestServer, file: string): Promise<string> {
  const [row] = await sql<{ id: string }[]>`
    select o.id from files f join objects o on o.content_id = f.content_id where f.id = ${file}`;
  return row?.id ?? assert.fail("the file has no object");
}

testWithServer("a file is answered whole, in part, not again, or not at all", async (server) => {
  const bytes = new Uint8Array(randomBytes(300_000));
  const { file, ask } = await setUp(server, { bytes, type: "image/png", name: "a b.png" });
  const whole = await ask();
  const etag = `"${file.sha256}"`;
  assert.deepEqual([whole.status, whole.header("content-length")], [200, "300000"]);
  assert.deepEqual(whole.bytes, bytes);
  const said = [
    etag,
    "bytes",
    "image/png",
    `inline; filename="a b.png"; filename*=UTF-8''a%20b.png`,
  ];
  const names = ["etag", "accept-ranges", "content-type", "content-disposition"];
  assert.deepEqual(names.map(whole.header), said);
  const part = await ask({ range: "bytes=262143-262146", "if-range": etag });
  assert.equal(part.status, 206);
  assert.deepEqual(part.bytes, bytes.slice(262143, 262147));
  assert.equal(part.header("content-range"), "bytes 262143-262146/300000");
  assert.deepEqual(names.map(part.header), said);
  assert.equal((await ask({ range: "bytes=0-9", "if-range": '"x"' })).bytes.length, 300_000);
  assert.equal((await ask({ range: "bytes=0-9,20-29" })).bytes.length, 300_000);
  const none = await ask({ range: "bytes=300000-" });
  assert.deepEqual([none.status, none.header("content-range")], [416, "bytes */300000"]);
  assert.equal(JSON.parse(new TextDecoder().decode(none.bytes)).status, 416);
  const known = await ask({ "if-none-match": etag });
  assert.deepEqual([known.status, known.bytes.length, known.header("etag")], [304, 0, etag]);
  const head = await ask({ range: "bytes=0-9" }, "HEAD");
  assert.deepEqual([head.status, head.bytes.length], [200, 0]);
  assert.equal(head.header("content-length"), "300000");
  assert.deepEqual(names.map(head.header), said);
  assert.equal((await ask({ "if-none-match": etag }, "HEAD")).status, 304);
});

testWithServer("a file of several objects is one, and an empty one is there", async (server) => {
  const bytes = crypto.getRandomValues(new Uint8Array(900));
  const { ann, store, file, ask } = await setUp(server, { bytes });
  const { sql } = server.database;
  const before = await objectOf(server, file.id);
  for (const [start, end] of [[0, 300], [300, 301], [301, 900]] as const) {
    const id = newId();
    const writer = await store.create(id);
    await writer.write(bytes.slice(start, end));
    await writer.finish();
    await sql`insert into objects (id, content_id, start, size)
      select ${id}, content_id, ${start}, ${end - start} from objects where id = ${before}`;
  }
  await sql`delete from objects where id = ${before}`;
  assert.deepEqual((await ask()).bytes, bytes);
  for (const [start, end] of [[0, 900], [299, 302], [300, 301], [301, 400], [899, 900]] as const) {
    const { bytes: part } = await ask({ range: `bytes=${start}-${end - 1}` });
    assert.deepEqual(part, bytes.slice(start, end), `${start} to ${end}`);
  }
  const empty = await seedFile(sql, ann.id, { store, bytes: new Uint8Array(), name: "empty" });
  const answer = await asking(server, ann, `/files/${empty.id}`)();
  assert.deepEqual([answer.status, answer.header("content-length")], [200, "0"]);
});

testWithServer("what was uploaded runs nothing, whatever it is", async (server) => {
  const { ann, store, ask } = await setUp(server, { type: "text/html", name: "你好.html" });
  const page = await ask();
  assert.equal(page.header("content-type"), "application/octet-stream");
  assert.equal(
    page.header("content-disposition"),
    `attachment; filename="__.html"; filename*=UTF-8''%E4%BD%A0%E5%A5%BD.html`,
  );
  for (const type of ["image/svg+xml", "text/javascript", "application/pdf", "image/png"]) {
    const of = { store, type, bytes: new TextEncoder().encode(`alert(1) // ${type}`) };
    const { id } = await seedFile(server.database.sql, ann.id, of);
    const answer = await asking(server, ann, `/files/${id}`)();
    const shown = type === "image/png";
    assert.equal(answer.header("content-type"), shown ? type : "application/octet-stream");
    assert.match(answer.header("content-disposition") ?? "", shown ? /^inline;/ : /^attachment;/);
    assert.equal(answer.header("x-content-type-options"), "nosniff");
    assert.equal(answer.header("cross-origin-resource-policy"), "same-origin");
    assert.equal(answer.header("cache-control"), "no-store");
    const policy = answer.header("content-security-policy") ?? "";
    assert.deepEqual(policy.split("; "), [
      "default-src 'none'",
      "sandbox",
      "frame-ancestors 'none'",
    ]);
  }
});

testWithServer(
  "a link needs no header, and counts for what it was made for alone",
  async (server) => {
    const thumbnail = { bytes: new Uint8Array([1, 2, 3]), type: "image/webp" };
    const { ann, file } = await setUp(server, { type: "image/png", thumbnail });
    const make = async (body: object) => {
      const { status, body: made } = await ann.call("POST", `/files/${file.id}/links`, body);
      assert.equal(status, 201);
      return { url: new URL(String(made.url)), expiresAt: Date.parse(String(made.expiresAt)) };
    };
    const read = async (url: URL) => {
      const response = await fetch(url);
      return { status: response.status, bytes: new Uint8Array(await response.arrayBuffer()) };
    };
    const { url, expiresAt } = await make({});
    assert.equal(url.origin, server.origin);
    assert.ok(Math.abs(expiresAt - Date.now() - 600_000) < 60_000, "not ten minutes");
    assert.equal((await read(url)).status, 200);
    const small = await make({ thumbnail: true, expiresIn: 3_600 });
    const picture = await read(small.url);
    assert.deepEqual([picture.status, picture.bytes], [200, thumbnail.bytes]);
    const part = await fetch(small.url, { headers: { range: "bytes=1-1" } });
    assert.deepEqual([part.status, (await part.bytes())[0]], [206, 2]);
    const changes: [string, string | undefined][] = [
      ["user", newId()],
      ["session", newId()],
      ["expires", String(expiresAt + 1)],
      ["thumbnail", "true"],
      ["signature", "0".repeat(64)],
    ];
    for (const [name, value] of changes) {
      const changed = new URL(url);
      changed.searchParams.set(name, value ?? "");
      assert.equal((await read(changed)).status, 404, name);
    }
    const other = await seedFile(server.database.sql, ann.id);
    assert.equal((await read(new URL(String(url).replace(file.id, other.id)))).status, 404);
    for (const query of ["", "?user=x", `${url.search}&more=1`]) {
      const bad = new URL(url);
      bad.search = query;
      assert.equal((await read(bad)).status, 422, query);
    }
    const clock = { now: () => Date.now() };
    const tokens = createTokens(String(server.config.secret), clock);
    const sign = (expires: number) => {
      const access = { user: ann.id, session: ann.grant.session };
      const link = { ...access, file: file.id, thumbnail: false, expires };
      return new URL(`${server.origin}/api/v1${createFileLinks({ tokens, clock }).sign(link)}`);
    };
    assert.equal((await read(sign(Date.now() + 60_000))).status, 200);
    assert.equal((await read(sign(Date.now() - 60_000))).status, 410);
    assert.equal(
      (await ann.call("POST", `/files/${other.id}/links`, { thumbnail: true })).status,
      404,
    );
    assert.equal(
      (await ann.call("POST", `/files/${file.id}/links`, { expiresIn: 3_601 })).status,
      422,
    );
    const logged = server.log.lines.join("\n");
    for (const secret of [url.searchParams.get("signature"), url.search]) {
      assert.ok(!logged.includes(String(secret)));
    }
  },
);

testWithServer(
  "who does not read on is not read for, and lets go when they leave",
  async (server) => {
    const { ann, file } = await setUp(server, { bytes: new Uint8Array(32 * MIB) });
    const object = await objectOf(server, file.id);
    /** How far the object was read by each who has it open. */
    const positions = () =>
      [...Deno.readDirSync("/proc/self/fd")].flatMap(({ name }) => {
        try {
          if (!Deno.readLinkSync(`/proc/self/fd/${name}`).endsWith(object)) return [];
          const info = Deno.readTextFileSync(`/proc/self/fdinfo/${name}`);
          return [Number(/^pos:\s*(\d+)/.exec(info)?.[1])];
        } catch {
          // Closed since it was listed.
          return [];
        }
      });
    const socket = connect(server.port, "127.0.0.1");
    socket.pause();
    socket.on("error", () => {});
    socket.write(
      `GET /api/v1/files/${file.id} HTTP/1.1\r\nHost: 127.0.0.1\r\n` +
        `Authorization: Bearer ${ann.grant.accessToken}\r\n\r\n`,
    );
    let last = -1;
    await eventually(() => {
      const [position = 0] = positions();
      const still = position > 0 && position === last;
      last = position;
      return Promise.resolve(still);
    }, "the transfer to stand still");
    assert.ok(last < 24 * MIB, `${last} bytes were read for nobody`);
    // It takes no turn from whatever else its session asks.
    const others = await Promise.all(Array.from({ length: 8 }, () => ann.call("GET", "/me")));
    assert.ok(others.every(({ status }) => status === 200));
    socket.destroy();
    await eventually(() => Promise.resolve(positions().length === 0), "the object to be closed");
  },
);

testWithServer("a file whose bytes are gone is cut off, and nothing is put in", async (server) => {
  const { file, store, ask, ann } = await setUp(server, { bytes: new Uint8Array(2 * MIB) });
  const { sql } = server.database;
  const object = await objectOf(server, file.id);
  // There is more of it than there is.
  await sql`update contents set size = size + 10 where sha256 = decode(${file.sha256}, 'hex')`;
  await assert.rejects(ask());
  await store.remove(object);
  await assert.rejects(ask());
  assert.match(server.log.lines.join("\n"), /file\.cut/);
  assert.equal((await ann.call("GET", "/me")).status, 200);
});
