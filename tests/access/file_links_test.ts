/** A link has the rights of whoever made it: for every reason to read a file, and for nobody else. */
import assert from "node:assert/strict";
import { newId } from "../../lib/ids.ts";
import { askRoute } from "./ask.ts";
import { askByLink } from "./cases/file_routes.ts";
import { testOnStage } from "./stage.ts";
import { KINDS } from "./world.ts";

testOnStage("whoever may not read a file by their token may not by their link", async (stage) => {
  const { files, people, idleSessions } = await stage.restore();
  const { own, ...shared } = files;
  const problems: string[] = [];
  const seen = { read: 0, refused: 0 };
  for (const kind of KINDS) {
    const { token } = stage.credentials(kind);
    const byLink = (file: string) =>
      askRoute(
        stage.origin,
        "GET /files/:id/content",
        askByLink(file, people[kind], idleSessions[kind]),
        undefined,
      );
    const never = await byLink(newId());
    for (const [name, file] of [...Object.entries(shared), ["own", own[kind]] as const]) {
      const read = await askRoute(stage.origin, "GET /files/:id", { path: [file] }, token);
      const linked = await byLink(file);
      if (linked.status !== read.status || linked.text !== read.text) {
        problems.push(`${name} as ${kind}: ${linked.status}, not ${read.status}`);
      }
      // As what never was, to the byte and the header.
      if (linked.status >= 400) assert.deepEqual(linked, never, `${name} as ${kind}`);
      seen[linked.status === 200 ? "read" : "refused"]++;
    }
  }
  assert.deepEqual(problems, []);
  assert.ok(seen.read > 20 && seen.refused > 20, JSON.stringify(seen));
});

testOnStage("who leaves, is recalled or signs out takes their links along", async (stage) => {
  const { sql } = stage.database;
  const world = await stage.restore();
  const { files, group, people } = world;
  const session = await stage.otherSession("member");
  const made = await askRoute(
    stage.origin,
    "POST /files/:id/links",
    { path: [files.sent], body: {} },
    session.token,
  );
  const { url } = JSON.parse(made.text);
  const read = async () => {
    const response = await fetch(url);
    return { status: response.status, size: (await response.arrayBuffer()).byteLength };
  };
  assert.equal((await read()).status, 200);
  const held = sql`select from message_files where file_id = ${files.sent}`;
  assert.equal((await held).length, 1);
  await sql`update message_files set file_id = ${files.recalled} where file_id = ${files.sent}`;
  assert.equal((await read()).status, 404);
  await sql`update message_files set file_id = ${files.sent} where file_id = ${files.recalled}`;
  assert.equal((await read()).status, 200);
  await sql`delete from members where conversation_id = ${group} and user_id = ${people.member}`;
  assert.equal((await read()).status, 404);
  await sql`insert into members (conversation_id, user_id) values (${group}, ${people.member})`;
  assert.equal((await read()).status, 200);
  await sql`update sessions set ended_at = clock_timestamp() where user_id = ${people.member}
    and id = ${new URL(url).searchParams.get("session")}`;
  assert.equal((await read()).status, 401);
});
