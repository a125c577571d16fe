import { openDatabase } from "../../lib/sql/open.ts";
import type { DatabaseKind } from "../support/databases.ts";
import { type PeerServer, startPeerServer } from "../support/peer_server.ts";
import { createSeeder } from "../support/seeded_person.ts";
import { startTestServer } from "../support/test_server.ts";

export type ModelServer =
  & Pick<PeerServer, "origin" | "database" | "person" | "checkUnharmed">
  & AsyncDisposable;

/** In a process of its own as people run it or, where that may not be, in this one. */
export async function startModelServer(kind: DatabaseKind, inside: boolean): Promise<ModelServer> {
  if (!inside) return await startPeerServer({}, kind);
  await using cleanup = new AsyncDisposableStack();
  const { config } = cleanup.use(await kind.create());
  const { origin } = cleanup.use(await startTestServer(config));
  const socket = {
    kind: "socket",
    path: `${config.kind === "embedded" ? config.directory : ""}/socket/.s.PGSQL.5432`,
  } as const;
  const database = cleanup.use(await openDatabase(config.kind === "embedded" ? socket : config));
  const resources = cleanup.move();
  return {
    origin,
    database,
    person: createSeeder(origin, database.sql),
    checkUnharmed: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}
