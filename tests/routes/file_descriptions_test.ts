import assert from "node:assert/strict";
import { rgbaToThumbHash } from "thumbhash";
import { newId } from "../../lib/ids.ts";
import { Attachment } from "../../lib/protocol/model.ts";
import { befriend, type Person, signUp } from "../support/api_server.ts";
import { joined, occurrences } from "../support/byte_sources.ts";
import { exif, JPEG, png, WEBP, withSegments } from "../support/pictures.ts";
import { seedFile } from "../support/seed_file.ts";
import { testWithServer } from "../support/shared_server.ts";

const PHOTO = { type: "image/jpeg", width: 1600, height: 800 };

testWithServer("an owner says how a picture looks, and readers see that", async (server) => {
  const [ann, ben] = [await signUp(server), await signUp(server)];
  const { sql } = server.database;
  const { id } = await seedFile(sql, ann.id, PHOTO);
  const thumbnail = async (who: Person) => {
    const response = await fetch(`${server.origin}/api/v1/files/${id}/thumbnail`, {
      headers: { authorization: `Bearer ${who.grant.accessToken}` },
    });
    const bytes = await response.bytes();
    return { status: response.status, type: response.headers.get("content-type"), bytes };
  };
  assert.equal((await thumbnail(ann)).status, 404);
  const placeholder = new Uint8Array(rgbaToThumbHash(16, 8, new Uint8Array(16 * 8 * 4).fill(255)))
    .toBase64();
  const photo = withSegments(JPEG, { type: "e1", body: joined("Exif\0\0", exif(1)) });
  assert.ok(occurrences(photo, "Secret") > 0);
  const said = { thumbnail: photo.toBase64(), placeholder };
  const { status, body } = await ann.call("PUT", `/files/${id}/description`, said);
  assert.equal(status, 200, JSON.stringify(body));
  const described = Attachment.parse(body);
  assert.deepEqual([described.thumbnail, described.placeholder], [true, placeholder]);
  assert.deepEqual((await ann.call("GET", `/files/${id}/attachment`)).body, body);
  const shown = await thumbnail(ann);
  assert.deepEqual([shown.status, shown.type], [200, "image/jpeg"]);
  assert.equal(occurrences(shown.bytes, "Secret"), 0);
  // Those who see the file see it as well, and nobody else.
  assert.equal((await thumbnail(ben)).status, 404);
  const conversation = await befriend(ann, ben);
  await sql`insert into message_files (conversation_id, seq, position, file_id)
    values (${conversation}, 1, 0, ${id})`;
  assert.deepEqual(await thumbnail(ben), shown);
  const other = await ben.call("PUT", `/files/${id}/description`, {});
  const never = await ben.call("PUT", `/files/${newId()}/description`, {});
  assert.deepEqual([other.status, other.body], [404, never.body]);
  // What somebody was shown stays, also where somebody else sent it on.
  const objects = async () => (await sql`select from objects`).length;
  const count = await objects();
  const swapped = { thumbnail: WEBP.toBase64() };
  const late = await ann.call("PUT", `/files/${id}/description`, swapped);
  assert.deepEqual([late.status, late.body.code], [409, "conflict"]);
  assert.deepEqual([await thumbnail(ben), await objects()], [shown, count]);
  await sql`delete from message_files where conversation_id = ${conversation}`;
  // Another one takes its place, and the one before belongs to nobody.
  const own = sql<{ id: string }[]>`select id from objects where thumbnail_of = ${id}`;
  const [before] = await own;
  await ann.call("PUT", `/files/${id}/description`, { thumbnail: WEBP.toBase64() });
  assert.deepEqual((await thumbnail(ann)).bytes, WEBP);
  const [held] = await sql`
    select from objects where id = ${before?.id ?? ""} and thumbnail_of is not null`;
  assert.equal(held, undefined);
  const nothing = Attachment.parse((await ann.call("PUT", `/files/${id}/description`, {})).body);
  assert.deepEqual([nothing.thumbnail, nothing.placeholder], [undefined, undefined]);
  assert.equal((await thumbnail(ann)).status, 404);
});

testWithServer("what cannot be true of a file is refused, and changes nothing", async (server) => {
  const ann = await signUp(server);
  const { sql } = server.database;
  const { id } = await seedFile(sql, ann.id, PHOTO);
  const { id: voice } = await seedFile(sql, ann.id, { type: "audio/webm" });
  await ann.call("PUT", `/files/${id}/description`, { thumbnail: png().toBase64() });
  const before = (await ann.call("GET", `/files/${id}/attachment`)).body;
  const objects = async () => (await sql`select from objects`).length;
  const count = await objects();
  const bad: [string, object, string][] = [
    [id, { thumbnail: png(8, 16).toBase64() }, "thumbnail"],
    [id, { thumbnail: btoa("<svg onload='alert(1)'/>") }, "thumbnail"],
    [id, { thumbnail: "no base64!" }, "thumbnail"],
    [id, { placeholder: btoa("x") }, "placeholder"],
    [id, { waveform: btoa("abc") }, "waveform"],
    [voice, { thumbnail: png().toBase64() }, "thumbnail"],
    [voice, { waveform: btoa("x".repeat(257)) }, "waveform"],
    [voice, { duration: -1 }, "duration"],
  ];
  for (const [file, said, field] of bad) {
    const { status, body } = await ann.call("PUT", `/files/${file}/description`, said);
    assert.deepEqual([status, String(body.errors?.[0]?.path)], [422, field], JSON.stringify(said));
  }
  assert.deepEqual((await ann.call("GET", `/files/${id}/attachment`)).body, before);
  assert.equal(await objects(), count);
  const loud = { waveform: btoa("\0\x10\xff"), duration: 2.5 };
  const { body } = await ann.call("PUT", `/files/${voice}/description`, loud);
  const { waveform, duration } = Attachment.parse(body);
  assert.deepEqual({ waveform, duration }, loud);
});
