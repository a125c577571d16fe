import assert from "node:assert/strict";
import { type Client, createClient } from "../../client/client.ts";
import { hashPassword } from "../../lib/passwords.ts";
import type { Id, Message, SessionGrant } from "../../lib/protocol/model.ts";
import { migrate } from "../../lib/sql/migrate.ts";
import { openDatabase } from "../../lib/sql/open.ts";
import { checkLog, checkView } from "../support/check_history.ts";
import { testOnDatabases } from "../support/databases.ts";
import { until } from "../support/people.ts";
import { type Acknowledged, recordAcknowledged } from "../support/recording_wire.ts";
import { seedGroup, seedUser } from "../support/seed.ts";
import { createServerProcess } from "../support/server_process.ts";

const KILLS = 20;
const PEOPLE = 6;
const ROOMS = 3;
const PASSWORD = "a password for six people";

testOnDatabases(
  "kill -9 of the server, 20 times while messages are sent, loses nothing acknowledged",
  async (kind) => {
    await using place = await kind.create();
    const names: string[] = [];
    const rooms: Id[] = [];
    {
      await using database = await openDatabase(place.config);
      const { sql } = database;
      await migrate(sql);
      const hash = await hashPassword(PASSWORD);
      const ids: Id[] = [];
      for (let index = 0; index < PEOPLE; index++) {
        const id = await seedUser(sql, hash);
        const [row] = await sql<
          { username: string }[]
        >`select username from users where id = ${id}`;
        ids.push(id);
        names.push(row?.username ?? "");
      }
      for (let index = 0; index < ROOMS; index++) rooms.push(await seedGroup(sql, ids));
    }

    await using server = await createServerProcess(place.config);
    await server.start();
    const acknowledged: Acknowledged = new Map();
    const clients: Client[] = [];
    let writing = true;
    let writers: Promise<void>[] = [];
    try {
      for (const name of names) {
        const openWire = recordAcknowledged(acknowledged);
        const client = createClient({ origin: server.origin, credentials: "body", openWire });
        await client.session.signIn(name, PASSWORD);
        clients.push(client);
        await until("connected", () => client.connection.state().name === "ready");
        for (const room of rooms) await client.thread.open(room);
      }
      const look = await reader(server.origin, names[0] ?? "");

      let written = 0;
      writers = clients.map(async (client, index) => {
        for (let step = 0; writing; step++) {
          const room = rooms[step % ROOMS] ?? "";
          // Never far ahead of the acknowledgements, so that a kill always meets sends in flight.
          if (client.thread.view(room).pending.length < 5) {
            await client.thread.send(room, `${index}: ${step}`);
            written++;
          }
          await new Promise((resolve) => setTimeout(resolve, 2));
        }
      });

      let checked = new Set<Id>();
      for (let kill = 1; kill <= KILLS; kill++) {
        const before = acknowledged.size;
        await until(
          `acknowledgements before kill ${kill}`,
          () => acknowledged.size > before + 20,
          60_000,
        );
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 150));
        await server.kill();
        const promised = new Map([...acknowledged].filter(([clientId]) => !checked.has(clientId)));
        await server.start();
        for (const client of clients) client.connection.retryNow();
        for (const room of rooms) await checkPromised(look, room, promised);
        checked = new Set(acknowledged.keys());
      }
      writing = false;
      await Promise.all(writers);
      const settled = () =>
        clients.every((client) =>
          rooms.every((room) => client.thread.view(room).pending.length === 0)
        );
      await until("every message is acknowledged", settled, 60_000);
      const total = () =>
        clients.map((client) =>
          rooms.reduce((sum, room) => sum + client.thread.view(room).messages.length, 0)
        );
      await until(
        "everyone has everything",
        () => total().every((count) => count === written),
        30_000,
      );
      assert.equal(await server.stop(), 0);

      await using database = await openDatabase(place.config);
      for (const room of rooms) {
        const log = await checkLog(database.sql, room);
        clients.forEach((client, index) =>
          checkView(`client ${index}`, client.thread.view(room).messages, log)
        );
      }
    } finally {
      // What went wrong is not to be hidden by writers that go on without a client.
      writing = false;
      await Promise.allSettled(writers);
      for (const client of clients) client.close();
    }
  },
);

type Look = (room: Id, after: number) => Promise<{ messages: Message[]; more: boolean }>;

/** Reads a log over HTTP, as a program of its own. */
async function reader(origin: string, name: string): Promise<Look> {
  const signIn = await fetch(`${origin}/api/v1/sessions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ login: name, password: PASSWORD }),
  });
  const { accessToken } = await signIn.json() as SessionGrant;
  return async (room, after) => {
    const path = `/api/v1/conversations/${room}/messages?after=${after}&limit=200`;
    const answer = await fetch(origin + path, {
      headers: { authorization: `Bearer ${accessToken}` },
    });
    assert.equal(answer.status, 200);
    return await answer.json();
  };
}

/** Everything that was acknowledged is where the acknowledgement said. */
async function checkPromised(look: Look, room: Id, promised: Acknowledged): Promise<void> {
  const expected = [...promised].filter(([, { conversation }]) => conversation === room);
  const stored = new Map<number, Id>();
  let after = Math.min(...expected.map(([, { seq }]) => seq)) - 1;
  for (let more = expected.length > 0; more;) {
    const page = await look(room, after);
    for (const { seq, clientId } of page.messages) stored.set(seq, clientId);
    after = page.messages.at(-1)?.seq ?? after;
    more = page.more;
  }
  for (const [clientId, { seq }] of expected) {
    assert.equal(stored.get(seq), clientId, `what was acknowledged as ${seq} is there`);
  }
}
