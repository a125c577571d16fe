import assert from "node:assert/strict";
import { createClient } from "../../client/client.ts";
import { hashPassword } from "../../lib/passwords.ts";
import type { Id } from "../../lib/protocol/model.ts";
import { migrate } from "../../lib/sql/migrate.ts";
import { openDatabase } from "../../lib/sql/open.ts";
import { checkLog, checkView } from "../support/check_history.ts";
import { startFaultyProxy } from "../support/faulty_proxy.ts";
import { testOnDatabases } from "../support/databases.ts";
import { startIsolate } from "../support/isolate_server.ts";
import { until } from "../support/people.ts";
import { seedGroup, seedUser } from "../support/seed.ts";
import { testConfig } from "../support/test_server.ts";

const CLIENTS = 40;
const CONVERSATIONS = 20;
const MESSAGES = 10_000;
const MEMBERS = 6;
const PASSWORD = "a password for forty people";

testOnDatabases(
  "two isolates, 40 clients cut at random: every history is the database's",
  async (kind) => {
    await using place = await kind.create();
    await using database = await openDatabase(place.config);
    const { sql } = database;
    await migrate(sql);
    await using one = await startIsolate(testConfig(database.share));
    await using two = await startIsolate(testConfig(database.share));
    await using near = startFaultyProxy(one.port);
    await using far = startFaultyProxy(two.port);
    const proxies = [near, far];

    const hash = await hashPassword(PASSWORD);
    const people: { id: Id; client: ReturnType<typeof createClient>; rooms: Id[] }[] = [];
    for (let index = 0; index < CLIENTS; index++) {
      const id = await seedUser(sql, hash);
      const [row] = await sql<{ username: string }[]>`select username from users where id = ${id}`;
      // Each connection goes to either node, so retries meet a node that never saw the first try.
      const either: typeof fetch = (input, init) => {
        const proxy = proxies[Math.random() < 0.5 ? 0 : 1] ?? near;
        return fetch(String(input).replace("http://either", proxy.origin), init);
      };
      const client = createClient({ origin: "http://either", credentials: "body", fetch: either });
      await client.session.signIn(row?.username ?? "", PASSWORD);
      people.push({ id, client, rooms: [] });
    }
    try {
      const rooms: Id[] = [];
      for (let index = 0; index < CONVERSATIONS; index++) {
        const members = Array.from(
          { length: MEMBERS },
          (_, step) => (index * 2 + step * 7) % CLIENTS,
        );
        const room = await seedGroup(
          sql,
          members.flatMap((member) => people[member]?.id ?? []),
        );
        rooms.push(room);
        for (const member of members) people[member]?.rooms.push(room);
      }
      const writers = people.filter((person) => person.rooms.length > 0);
      // From the empty beginning: what they show later came live or by sync, not from history.
      for (const { client, rooms } of writers) {
        await until("connected", () => client.connection.state().name === "ready");
        for (const room of rooms) await client.thread.open(room);
      }

      const cutting = setInterval(() => {
        for (const proxy of proxies) proxy.cut(() => Math.random() < 0.1);
      }, 250);
      const sent = new Map<Id, Id>();
      const perWriter = Math.ceil(MESSAGES / writers.length);
      await Promise.all(writers.map(async ({ client, rooms }, index) => {
        for (let step = 0; step < perWriter; step++) {
          const room = rooms[step % rooms.length] ?? "";
          sent.set(await client.thread.send(room, `${index}: ${step}`), room);
          if (step % 10 === 9) await new Promise((resolve) => setTimeout(resolve, 20));
        }
      }));
      assert.ok(sent.size >= MESSAGES);
      const settled = () =>
        writers.every(({ client, rooms }) =>
          rooms.every((room) => client.thread.view(room).pending.length === 0)
        );
      await until("every message is acknowledged", settled, 300_000);
      clearInterval(cutting);

      const logs = new Map<Id, Awaited<ReturnType<typeof checkLog>>>();
      for (const room of rooms) logs.set(room, await checkLog(sql, room));
      const caughtUp = () =>
        writers.every(({ client, rooms }) =>
          rooms.every((room) => client.thread.view(room).messages.length === logs.get(room)?.length)
        );
      await until("everyone has everything", caughtUp, 30_000);

      assert.equal([...logs.values()].reduce((sum, log) => sum + log.length, 0), sent.size);
      for (const [clientId, room] of sent) {
        assert.ok(
          logs.get(room)?.some((row) => row.clientId === clientId),
          `${clientId} is stored`,
        );
      }
      writers.forEach(({ client, rooms }, index) => {
        for (const room of rooms) {
          checkView(`client ${index}`, client.thread.view(room).messages, logs.get(room) ?? []);
        }
      });
    } finally {
      for (const { client } of people) client.close();
    }
  },
);
