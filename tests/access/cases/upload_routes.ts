/** Files on their way, for the rows of the matrix. */
import { newId } from "../../../lib/ids.ts";
import type { Sql } from "../../../lib/sql/open.ts";
import type { Cases, RouteAsk } from "../ask.ts";
import type { World } from "../world.ts";

const TUS = { "tus-resumable": "1.0.0" };
const BYTES = { ...TUS, "content-type": "application/offset+octet-stream", "upload-offset": "0" };

/** By the world that each belongs to. */
const uploads = new WeakMap<World, string>();

function uploadOf(world: World): string {
  const id = uploads.get(world) ?? newId();
  uploads.set(world, id);
  return id;
}

async function upload(sql: Sql, world: World): Promise<void> {
  await sql`
    insert into uploads (id, owner_id, size, name)
    values (${uploadOf(world)}, ${world.people.owner}, 100, 'a.txt')`;
}

export const uploadRoutes: Cases<RouteAsk> = {
  "PATCH /files/:id": {
    "the owner's upload": {
      arrange: upload,
      ask: (world) => ({ path: [uploadOf(world)], bytes: "bytes", headers: BYTES }),
    },
    "one that there is not": {
      ask: () => ({ path: [newId()], bytes: "bytes", headers: BYTES }),
    },
  },
  "DELETE /files/:id": {
    "the owner's upload": {
      arrange: upload,
      ask: (world) => ({ path: [uploadOf(world)], headers: TUS }),
    },
  },
  "OPTIONS /files": { "": { ask: () => ({}) } },
  "POST /files": {
    "": {
      ask: () => ({
        headers: { ...TUS, "upload-length": "5", "upload-metadata": `filename ${btoa("a.txt")}` },
      }),
    },
  },
};
