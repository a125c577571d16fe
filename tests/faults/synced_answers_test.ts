/**
 * The server as people run it, under `strace`: that every answer comes after the sync of what it
 * promises is read off what it asked the operating system.
 */
import assert from "node:assert/strict";
import { createClient } from "../../client/client.ts";
import { hashPassword } from "../../lib/passwords.ts";
import { migrate } from "../../lib/sql/migrate.ts";
import { openDatabase } from "../../lib/sql/open.ts";
import { checkLog } from "../support/check_history.ts";
import { databaseKinds } from "../support/databases.ts";
import { until } from "../support/people.ts";
import { type Acknowledged, recordAcknowledged } from "../support/recording_wire.ts";
import { seedGroup, seedUser } from "../support/seed.ts";
import { createServerProcess } from "../support/server_process.ts";
import { findStrace, parseTrace, straceCommand, type SystemCall } from "../support/system_calls.ts";

const MESSAGES = 30;
const CHECKPOINT_EVERY = 10;
const PASSWORD = "a password for one person";
const WRITES = ["write", "pwrite64", "writev", "pwritev", "pwritev2", "sendto", "sendmsg"];
const SYNCS = ["fsync", "fdatasync"];

const [embedded] = databaseKinds;
const strace = findStrace();

Deno.test({
  name: "every acknowledgement comes after a sync of the log, through checkpoints too [embedded]",
  ignore: strace === undefined,
  fn: async () => {
    assert.ok(embedded && strace);
    await using place = await embedded.create();
    assert.ok(place.config.kind === "embedded");
    const { directory } = place.config;
    const trace = `${directory}/trace`;
    const { name, room } = await prepare(place.config);

    const under = straceCommand(strace, trace, [...WRITES, ...SYNCS]);
    await using server = await createServerProcess(place.config, {}, { under });
    await server.start();
    const client = createClient({ origin: server.origin, credentials: "body" });
    try {
      await client.session.signIn(name, PASSWORD);
      await until("connected", () => client.connection.state().name === "ready", 20_000);
      await client.thread.open(room);
      await using beside = await openDatabase({
        kind: "socket",
        path: `${directory}/socket/.s.PGSQL.5432`,
      });
      // One after the other: nothing else is written while an answer is on its way.
      for (let message = 1; message <= MESSAGES; message++) {
        await client.thread.send(room, `message ${message}`);
        const answered = () => client.thread.view(room).pending.length === 0;
        await until(`message ${message} is acknowledged`, answered, 20_000);
        if (message % CHECKPOINT_EVERY === 0) await beside.sql.unsafe("checkpoint");
      }
    } finally {
      client.close();
    }
    assert.equal(await server.stop(), 0);
    await until("the trace is whole", () => /\+\+\+ exited with 0 \+\+\+\n$/.test(read(trace)));

    const calls = parseTrace(read(trace));
    assert.equal(checkAnswers(calls), MESSAGES);
    assert.ok(checkCheckpoints(calls) >= MESSAGES / CHECKPOINT_EVERY);
  },
});

Deno.test({
  name: "a disk that refuses a sync costs time, and nothing acknowledged [embedded]",
  ignore: strace === undefined,
  fn: async () => {
    assert.ok(embedded && strace);
    await using place = await embedded.create();
    assert.ok(place.config.kind === "embedded");
    const { directory } = place.config;
    const { name, room } = await prepare(place.config);

    // The log's segment that is in use: its twentieth sync in each thread fails.
    const segment = `${directory}/postgres/pg_wal/000000010000000000000001`;
    const trace = `${directory}/trace`;
    const under = [
      ...straceCommand(strace, trace, ["fsync"]),
      ...["-P", segment, "-e", "inject=fsync:error=EIO:when=20"],
    ];
    await using server = await createServerProcess(place.config, {}, { under });
    await server.start();
    const acknowledged: Acknowledged = new Map();
    const openWire = recordAcknowledged(acknowledged);
    const client = createClient({ origin: server.origin, credentials: "body", openWire });
    try {
      await client.session.signIn(name, PASSWORD);
      await until("connected", () => client.connection.state().name === "ready", 20_000);
      await client.thread.open(room);
      for (let message = 1; message <= MESSAGES; message++) {
        await client.thread.send(room, `message ${message}`);
        await until(
          `message ${message} is acknowledged`,
          () => acknowledged.size === message,
          60_000,
        );
      }
    } finally {
      client.close();
    }
    await server.kill();
    assert.match(read(trace), /EIO .*INJECTED/);

    await using database = await openDatabase(place.config);
    const log = await checkLog(database.sql, room);
    assert.equal(log.length, MESSAGES);
    for (const [clientId, { seq }] of acknowledged) {
      assert.equal(log[seq - 1]?.clientId, clientId, `what was acknowledged as ${seq} is there`);
    }
  },
});

async function prepare(config: Parameters<typeof openDatabase>[0]) {
  await using database = await openDatabase(config);
  const { sql } = database;
  await migrate(sql);
  const id = await seedUser(sql, await hashPassword(PASSWORD));
  const [row] = await sql<{ username: string }[]>`select username from users where id = ${id}`;
  return { name: row?.username ?? "", room: await seedGroup(sql, [id]) };
}

function read(path: string): string {
  return Deno.readTextFileSync(path);
}

/** Between the last write to a segment of the log and an answer that segment was synced. */
function checkAnswers(calls: readonly SystemCall[]): number {
  let answers = 0;
  let since = 0;
  calls.forEach((call, index) => {
    if (!isAcknowledgement(call)) return;
    answers++;
    const writes = calls.slice(since, index).filter((write) => isWrite(write, /\/pg_wal\//));
    assert.ok(writes.length > 0, `before answer ${answers} the log was written`);
    for (const write of writes) {
      assert.ok(synced(calls, write, call.began), `answer ${answers} waits for ${write.target}`);
    }
    since = index;
  });
  return answers;
}

/** When a checkpoint is written down, everything that it covers is on disk; then it is itself. */
function checkCheckpoints(calls: readonly SystemCall[]): number {
  const checkpoints = calls.filter((call) => isWrite(call, /\/global\/pg_control$/));
  for (const checkpoint of checkpoints) {
    const before = calls.filter((call) =>
      call.began < checkpoint.began &&
      isWrite(call, /\/base\/\d+\/\d[\w.]*$|\/pg_xact\/|\/pg_wal\//)
    );
    for (const write of before) {
      assert.ok(synced(calls, write, checkpoint.began), `${write.target} is synced`);
    }
    assert.ok(synced(calls, checkpoint, Infinity), "pg_control is synced");
  }
  return checkpoints.length;
}

/** Whether what was written was synced before line `by`. */
function synced(calls: readonly SystemCall[], write: SystemCall, by: number): boolean {
  return calls.some((call) =>
    SYNCS.includes(call.name) && call.target === write.target && call.result === 0 &&
    call.began > write.ended && call.ended < by
  );
}

function isWrite(call: SystemCall, path: RegExp): boolean {
  return WRITES.includes(call.name) && path.test(call.target);
}

/** Of a message: receipts are answered without a position. */
function isAcknowledgement({ name, target, arguments: text }: SystemCall): boolean {
  return WRITES.includes(name) && target.startsWith("TCP") &&
    text.includes(`\\"type\\":\\"ok\\"`) &&
    text.includes(`\\"seq\\":`);
}
