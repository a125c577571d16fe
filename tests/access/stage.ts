/** The world of the matrix with a server in front of it, where everybody is connected. */
import { createMemoryWire } from "../../lib/bus/memory_bus.ts";
import { newId } from "../../lib/ids.ts";
import { hashPassword } from "../../lib/passwords.ts";
import type { Id } from "../../lib/protocol/model.ts";
import { type Database, openDatabase } from "../../lib/sql/open.ts";
import { endSession, insertSession } from "../../lib/sql/sessions.ts";
import { insertTicket } from "../../lib/sql/tickets.ts";
import { createTokens, hashToken, newToken, TICKET_LIFETIME } from "../../lib/tokens.ts";
import { openDiskStore } from "../../lib/files/disk_store.ts";
import { copyTemplate } from "../support/databases.ts";
import { createFakeLog } from "../support/fake_services.ts";
import { seedUser } from "../support/seed.ts";
import { TEST_SECRET, testConfig } from "../support/test_server.ts";
import { startServer } from "../../server.ts";
import { seedContents } from "./files_world.ts";
import { type ListeningSocket, openListeningSocket } from "./listening_socket.ts";
import { openTap, type Tap } from "./tapped_database.ts";
import {
  type Kind,
  KINDS,
  type Name,
  NAMES,
  PASSWORD,
  type People,
  restoreWorld,
  type World,
} from "./world.ts";

export type Credentials = { readonly token: string; readonly refreshToken: string };

export interface Stage extends AsyncDisposable {
  readonly origin: string;
  readonly database: Database;
  readonly tap: Tap;
  /** Puts everything back to how it was at first, under other ids. */
  restore(): Promise<World>;
  socket(kind: Kind): ListeningSocket;
  /** Of the session that a person's socket has, too. */
  credentials(name: Name): Credentials;
  /** Of a session of its own, which may have ended already. */
  otherSession(name: Name, ended?: boolean): Promise<Credentials>;
  /**
   * What was told since the last call, to whomever: by the bus, and to each person on their socket.
   * Waits until all of it has come.
   */
  told(): Promise<{ bus: string[]; sockets: ReadonlyMap<Kind, string[]> }>;
}

const OF_THEMSELVES: ReadonlySet<string> = new Set(["digest", "presence"]);

let shared: Promise<Stage> | undefined;

Deno.test.afterAll(async () => {
  await (await shared)?.[Symbol.asyncDispose]();
});

/** A file's tests share the server. Each puts the world back to how it was. */
export function testOnStage(name: string, test: (stage: Stage) => Promise<void>): void {
  Deno.test({
    name,
    // The server goes on between the tests, and so do its timers and connections.
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => await test(await (shared ??= openStage())),
  });
}

async function openStage(): Promise<Stage> {
  await using cleanup = new AsyncDisposableStack();
  const directory = await Deno.makeTempDir({ prefix: "parley-" });
  cleanup.defer(() => Deno.remove(directory, { recursive: true }));
  await copyTemplate(directory);
  const database = cleanup.use(await openDatabase({ kind: "embedded", directory }));
  if (database.share.kind !== "socket") throw new Error("an embedded database has a socket");
  const tap = cleanup.use(await openTap(database.share.path, `${directory}/tap`));
  const wire = createMemoryWire();
  const admins = new Set<string>();
  const config = testConfig({ kind: "socket", path: tap.path }, { admins });
  const bus = cleanup.use(wire.open());
  const server = cleanup.use(
    await startServer(config, { log: createFakeLog(), bus, delay: () => 0 }),
  );

  let published: string[] = [];
  const ear = await cleanup.use(wire.open()).subscribe({
    envelope: (envelope) => {
      // Those come by themselves, whatever happens.
      if (!OF_THEMSELVES.has(envelope.kind)) published.push(JSON.stringify(envelope));
    },
    reconnected: () => {},
  });
  cleanup.use(ear);

  const { sql } = database;
  const tokens = createTokens(TEST_SECRET, { now: () => Date.now() });
  const beginSession = async (user: Id): Promise<Credentials & { session: Id }> => {
    const session = newId();
    await insertSession(sql, { id: session, userId: user, device: "", ip: "" });
    return {
      session,
      token: await tokens.issueAccess({ user, session }),
      refreshToken: tokens.issueRefresh({ session, generation: 1 }),
    };
  };
  const ids = new Map<Name, Id>();
  const sessions = new Map<Name, Credentials>();
  const sockets = new Map<Kind, ListeningSocket>();
  const hash = await hashPassword(PASSWORD);
  for (const name of NAMES) {
    const id = await seedUser(sql, hash);
    ids.set(name, id);
    const { session, ...credentials } = await beginSession(id);
    sessions.set(name, credentials);
    const kind = KINDS.find((one) => one === name);
    if (kind === undefined) continue;
    const ticket = newToken();
    const { node } = config;
    await insertTicket(sql, {
      hash: hashToken(ticket),
      session,
      node: node.id,
      seconds: TICKET_LIFETIME,
    });
    sockets.set(kind, cleanup.use(await openListeningSocket(server.port, ticket)));
  }
  const people = Object.fromEntries(ids) as People;
  const [operator] = await sql<{ email: string }[]>`
    select email from users where id = ${people.owner}`;
  admins.add(operator?.email ?? "");

  const { files } = config;
  if (files.kind !== "disk") throw new Error("the files of tests are on disk");
  await using store = await openDiskStore(files.directory, createFakeLog());
  const contents = await seedContents(sql, store, people.nobody);

  const ping = () =>
    Promise.all([...sockets.values()].map((socket) => socket.ask({ type: "ping" })));

  /** Whatever was asked of the database before this is answered then, and told on the bus. */
  const turn = async () => {
    await ping();
    await sql`select 1`;
    await ping();
  };
  // The first query on a connection waits for the connection: from here on none does.
  const nowhere = { conversation: newId(), clientId: newId(), kind: "text", text: "hello" };
  await found(sockets, "owner").ask({ type: "message.send", ...nowhere });
  const resources = cleanup.move();
  return {
    origin: `http://127.0.0.1:${server.port}`,
    database,
    tap,
    restore: () => restoreWorld(sql, people, contents),
    socket: (kind) => found(sockets, kind),
    credentials: (name) => found(sessions, name),
    otherSession: async (name, ended = false) => {
      const { session, ...credentials } = await beginSession(people[name]);
      if (ended) await endSession(sql, session, "test");
      return credentials;
    },
    told: async () => {
      const bus: string[] = [];
      const heard = new Map([...sockets.keys()].map((kind) => [kind, [] as string[]]));
      let quiet = false;
      // What is told may have to be looked up before it is told on.
      while (!quiet) {
        await turn();
        quiet = published.length === 0;
        bus.push(...published);
        published = [];
        for (const [kind, socket] of sockets) {
          const frames = socket.heard();
          quiet &&= frames.length === 0;
          heard.get(kind)?.push(...frames);
        }
      }
      return { bus, sockets: heard };
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

function found<K, V>(map: ReadonlyMap<K, V>, key: K): V {
  const value = map.get(key);
  if (value === undefined) throw new Error(`there is no ${key}`);
  return value;
}
