/**
 * A server in a process of its own, and people who are signed in without having signed up: for tests
 * of what bad peers do to it. Its memory, its log and its end are its own, so each can be looked at.
 */
import assert from "node:assert/strict";
import type { Id } from "../../lib/protocol/model.ts";
import { type Database, openDatabase } from "../../lib/sql/open.ts";
import { type DatabaseKind, databaseKinds } from "./databases.ts";
import { createSeeder, type SeededPerson } from "./seeded_person.ts";
import { createServerProcess } from "./server_process.ts";
import { TEST_SECRET } from "./test_server.ts";

export type { SeededPerson };

export interface PeerServer extends AsyncDisposable {
  readonly port: number;
  readonly origin: string;
  /** The server's database, by a connection of the test's own. */
  readonly database: Database;
  /** The lines of the server's log that are no plain information. */
  readonly complaints: string[];
  person(user?: Id): Promise<SeededPerson>;
  /** MiB of memory that the process holds. */
  memory(): Promise<number>;
  /** Fails if the process ended, or logged an error: what a peer does is never one. */
  checkUnharmed(): Promise<void>;
}

export async function startPeerServer(
  environment: Record<string, string> = {},
  kind: DatabaseKind | undefined = databaseKinds.find(({ name }) => name === "embedded"),
): Promise<PeerServer> {
  await using cleanup = new AsyncDisposableStack();
  if (kind === undefined) throw new Error("there is no embedded database");
  const { config } = cleanup.use(await kind.create());
  const complaints: string[] = [];
  const server = cleanup.use(
    await createServerProcess(config, { PARLEY_SECRET: TEST_SECRET, ...environment }, {
      onLine: (line) => {
        if (!line.includes('"level":"info"')) complaints.push(line);
      },
    }),
  );
  await server.start();
  const database = cleanup.use(
    await openDatabase(
      config.kind === "embedded"
        ? { kind: "socket", path: `${config.directory}/socket/.s.PGSQL.5432` }
        : config,
    ),
  );
  const resources = cleanup.move();
  return {
    port: server.port,
    origin: server.origin,
    database,
    complaints,
    person: createSeeder(server.origin, database.sql),
    memory: async () => {
      const status = await Deno.readTextFile(`/proc/${server.pid}/status`);
      return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
    },
    checkUnharmed: async () => {
      const answer = await fetch(`${server.origin}/readyz`);
      await answer.body?.cancel();
      assert.equal(answer.status, 200);
      assert.deepEqual(complaints.filter((line) => !line.includes('"level":"warn"')), []);
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}
