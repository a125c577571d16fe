import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { openDiskStore } from "../../lib/files/disk_store.ts";
import { newId } from "../../lib/ids.ts";
import { LIMITS } from "../../lib/protocol/codes.ts";
import { Attachment } from "../../lib/protocol/model.ts";
import {
  type Answer,
  befriend,
  type Person,
  signUp,
  type TestServer,
} from "../support/api_server.ts";
import { createFakeLog } from "../support/fake_services.ts";
import { type SeededFile, seedFile } from "../support/seed_file.ts";
import { testWithServer } from "../support/shared_server.ts";

async function seed(server: TestServer, owner: Person, size: number, more: SeededFile = {}) {
  const { files } = server.config;
  if (files.kind !== "disk") throw new Error("the files of tests are on disk");
  await using store = await openDiskStore(files.directory, createFakeLog());
  const bytes = new Uint8Array(randomBytes(size));
  const file = await seedFile(server.database.sql, owner.id, { store, bytes, ...more });
  const said = { sha256: file.sha256, size, name: "mine.bin" };
  return { bytes, file, said };
}

type Asked = { id: string; offset: number; length: number };

async function challenge(person: Person, said: object): Promise<Asked> {
  const { status, body } = await person.call("POST", "/files/instant", said);
  assert.equal(status, 200, JSON.stringify(body));
  return body.challenge as unknown as Asked;
}

function prove({ id, offset, length }: Asked, bytes: Uint8Array) {
  const shown = bytes.subarray(offset, offset + length);
  assert.equal(shown.length, length);
  return { id, sha256: createHash("sha256").update(id).update(shown).digest("hex") };
}

async function storageOf(person: Person): Promise<number> {
  return Number((await person.call("GET", "/me/storage")).body.used);
}

testWithServer("what somebody may read is theirs without a byte sent", async (server) => {
  const [ann, ben] = [await signUp(server), await signUp(server)];
  const { bytes, file, said } = await seed(server, ann, 5_000);
  const original = {
    ...said,
    sha256: createHash("sha256").update(bytes).update("x").digest("hex"),
  };
  const { sql } = server.database;
  await sql`insert into content_originals (sha256, size, content_id)
    select decode(${original.sha256}, 'hex'), 6000, content_id from files where id = ${file.id}`;
  await sql`insert into message_files (conversation_id, seq, position, file_id)
    values (${await befriend(ann, ben)}, 1, 0, ${file.id})`;
  const { status, body } = await ben.call("POST", "/files/instant", said);
  assert.equal(status, 201, JSON.stringify(body));
  const linked = Attachment.parse(body);
  assert.deepEqual([linked.name, linked.sha256, linked.size], ["mine.bin", file.sha256, 5_000]);
  assert.notEqual(linked.id, file.id);
  const read = await fetch(`${server.origin}/api/v1/files/${linked.id}`, {
    headers: { authorization: `Bearer ${ben.grant.accessToken}` },
  });
  assert.deepEqual(await read.bytes(), bytes);
  assert.equal(await storageOf(ben), LIMITS.fileRoom);
  // By what it was before something was taken out of it, too.
  const again = await ben.call("POST", "/files/instant", { ...original, size: 6_000 });
  assert.deepEqual([again.status, String(again.body.sha256)], [201, file.sha256]);
  assert.equal(await storageOf(ben), 2 * LIMITS.fileRoom);
  assert.equal((await ben.call("DELETE", `/files/${linked.id}`)).status, 204);
});

testWithServer("a name says no other thing than what is linked", async (server) => {
  const [ann, ben] = [await signUp(server), await signUp(server)];
  const { bytes, said } = await seed(server, ann, 5_000, { name: "a.html", type: "text/html" });
  for (const name of ["invoice.pdf", "photo.png"]) {
    const { status, body } = await ann.call("POST", "/files/instant", { ...said, name });
    assert.deepEqual([status, body.code], [415, "unsupported"]);
    // Whoever has not shown that they have it is told nothing of it.
    assert.equal((await ben.call("POST", "/files/instant", { ...said, name })).status, 200);
  }
  const proof = prove(await challenge(ben, said), bytes);
  const shown = await ben.call("POST", "/files/instant", { ...said, name: "a.pdf", proof });
  assert.equal(shown.status, 415);
  assert.equal(await storageOf(ben), 0);
  assert.equal((await ann.call("POST", "/files/instant", { ...said, name: "a.html" })).status, 201);
});

testWithServer("a hash alone is nobody's file, and who has it shows its bytes", async (server) => {
  const [ann, eve, bob] = [await signUp(server), await signUp(server), await signUp(server)];
  const { bytes, file, said } = await seed(server, ann, 700_000);
  const never = { ...said, sha256: "0".repeat(64) };
  const nothing = await eve.call("POST", "/files/instant", never);
  assert.equal(nothing.status, 404);
  const refused = (answer: Answer) =>
    assert.deepEqual([answer.status, answer.body], [404, nothing.body]);

  const asked = await challenge(eve, said);
  assert.equal(asked.length, 256 * 1024);
  const right = prove(asked, bytes);
  const wrong = { ...right, sha256: createHash("sha256").update(asked.id).digest("hex") };
  refused(await eve.call("POST", "/files/instant", { ...said, proof: wrong }));
  // It was used up by that, also for the right answer.
  refused(await eve.call("POST", "/files/instant", { ...said, proof: right }));
  // Another's challenge, one of another file, and none.
  const others = prove(await challenge(bob, said), bytes);
  refused(await eve.call("POST", "/files/instant", { ...said, proof: others }));
  const mixed = { ...said, size: said.size - 1, proof: others };
  refused(await bob.call("POST", "/files/instant", mixed));
  refused(
    await eve.call("POST", "/files/instant", {
      ...said,
      proof: { ...right, id: newId() },
    }),
  );
  const late = prove(await challenge(eve, said), bytes);
  await server.database.sql`update file_challenges set expires_at = clock_timestamp()
    where id = ${late.id}`;
  refused(await eve.call("POST", "/files/instant", { ...said, proof: late }));
  assert.equal((await eve.call("GET", `/files/${file.id}`)).status, 404);
  assert.equal(await storageOf(eve), 0);

  const shown = prove(await challenge(eve, said), bytes);
  const many = await Promise.all(
    Array.from({ length: 5 }, () => eve.call("POST", "/files/instant", { ...said, proof: shown })),
  );
  // Once; after that it is theirs, and there is nothing to show.
  assert.ok(many.some(({ status }) => status === 201), JSON.stringify(many));
  assert.equal((await bob.call("POST", "/files/instant", { ...said, proof: others })).status, 201);
  assert.ok(await storageOf(eve) > 0);
});

testWithServer("who tries again and again, or could guess, has to upload", async (server) => {
  const [ann, eve] = [await signUp(server), await signUp(server)];
  const { said } = await seed(server, ann, 2_000);
  const offsets = new Set<number>();
  for (let count = 0; count < 3; count++) {
    const asked = await challenge(eve, said);
    offsets.add(asked.offset);
    assert.deepEqual([asked.offset, asked.length], [0, 2_000]);
  }
  assert.equal((await eve.call("POST", "/files/instant", said)).status, 404);
  await server.database.sql`update file_challenges
    set expires_at = expires_at - interval '2 hours' where user_id = ${eve.id}`;
  await challenge(eve, said);
  const short = await seed(server, ann, 1_023);
  assert.equal((await eve.call("POST", "/files/instant", short.said)).status, 404);
  const long = await seed(server, ann, 600_000);
  const places = [await challenge(eve, long.said), await challenge(eve, long.said)];
  for (const { offset, length } of places) assert.ok(0 <= offset && offset + length <= 600_000);
  assert.notEqual(places[0]?.offset, places[1]?.offset);
  // What was taken out of a picture is here no more, and proves nothing.
  const { sql } = server.database;
  const original = { ...said, sha256: "1".repeat(64), size: 2_100 };
  await sql`insert into content_originals (sha256, size, content_id)
    select decode(${original.sha256}, 'hex'), ${original.size}, id from contents
    where sha256 = decode(${said.sha256}, 'hex')`;
  assert.equal((await eve.call("POST", "/files/instant", original)).status, 404);
  assert.equal((await ann.call("POST", "/files/instant", original)).status, 201);
});

testWithServer("a linked file has no name that says what it is not", async (server) => {
  const ann = await signUp(server);
  const { said } = await seed(server, ann, 2_000, { type: "text/html" });
  for (const name of ["photo.png", "invoice.pdf"]) {
    const { status, body } = await ann.call("POST", "/files/instant", { ...said, name });
    assert.deepEqual([status, body.code], [415, "unsupported"]);
  }
  assert.equal((await ann.call("POST", "/files/instant", { ...said, name: "a.html" })).status, 201);
});

testWithServer("a file that is linked takes up room, and there may be none", async (server) => {
  const ann = await signUp(server);
  const { file, said } = await seed(server, ann, 2_000);
  const { sql } = server.database;
  // As if there were room for one of it.
  const { quota } = server.config;
  const size = quota - LIMITS.fileRoom;
  await sql`update contents set size = ${size} where sha256 = decode(${file.sha256}, 'hex')`;
  const answers = await Promise.all(
    Array.from({ length: 5 }, () => ann.call("POST", "/files/instant", { ...said, size })),
  );
  const statuses = answers.map(({ status }) => status).sort();
  assert.deepEqual(statuses, [201, 413, 413, 413, 413]);
  const { body } = await ann.call("GET", "/me/storage");
  assert.deepEqual(body, { used: quota, quota });
});
