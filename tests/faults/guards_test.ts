/**
 * Shows that the tests of this folder can fail: takes each guard out of a copy of the code and
 * expects its test to notice.
 */
import { assertFailed, createRunsAhead, type Guard, testWithout } from "../support/guards.ts";
import { findPostgres } from "../support/postgres_server.ts";
import { findStrace } from "../support/system_calls.ts";

type Tested = Guard & {
  /** The file of the test, where it is not interleavings_test.ts. */
  suite?: string;
  /** The beginning of the test's name. */
  test: string;
  database: "embedded" | "postgresql";
  /** A program that the test needs, if there are any: undefined says that this machine lacks it. */
  needs?: string | undefined;
  /** Without the guard its test waits in vain, and so beside the others that do. */
  waits?: true;
};

const guards: readonly Tested[] = [
  {
    test: "retry on another node",
    // Only a real server lets two statements overlap.
    database: "postgresql",
    file: "lib/sql/failures.ts",
    code: `new Set(["23505", "40P01", "40001", "23503"])`,
    without: `new Set(["40P01", "40001", "23503"])`,
  },
  {
    test: "removal during a send",
    database: "postgresql",
    file: "lib/sql/append.ts",
    code: "c.members_rev = v.members_rev as current",
    without: "true as current",
  },
  {
    test: "removal during a send",
    database: "embedded",
    file: "lib/sql/append.ts",
    code: "c.members_rev = v.members_rev as current",
    without: "true as current",
  },
  {
    test: "origin dead between commit and publish",
    database: "embedded",
    waits: true,
    file: "chat/appender.ts",
    code: "              for (const message of messages) {\n" +
      "                announcer.announce(message, addressedTo(membership), submission.connection);\n" +
      "              }\n",
    without: "              void messages;\n",
  },
  {
    test: "a node that falls silent",
    database: "embedded",
    waits: true,
    file: "chat/digest_reader.ts",
    code: "if (silent < (MISSED + 0.5) * DIGEST_EVERY) continue;",
    without: "if (silent < Infinity) continue;",
  },
  {
    test: "poisoned batch",
    database: "embedded",
    file: "chat/lane.ts",
    code: "for (const job of admitted) await write([job]);",
    without: `for (const job of admitted) job.failed(new AppError("internal", "all of them"));`,
  },
  {
    test: "unknown commit outcome",
    database: "embedded",
    file: "chat/lane.ts",
    code: `if (next === "unknown") {`,
    without: `if (next === ("none" as string)) {`,
  },
  {
    test: "unknown commit outcome",
    database: "embedded",
    file: "lib/sql/append.ts",
    code: "when i.known_id = i.id then 'stored-before'",
    without: "",
  },
  {
    test: "tail loss on the bus",
    database: "embedded",
    waits: true,
    file: "chat/digest_reader.ts",
    code: "heardRev(conversation) < rev",
    without: "heardRev(conversation) < rev && rev < 0",
  },
  {
    test: "news of ended sessions lost",
    database: "embedded",
    waits: true,
    file: "chat/ended_sessions.ts",
    code: "    for (const session of ended.sessions) end(session);\n",
    without: "",
  },
  {
    suite: "synced_answers_test.ts",
    test: "every acknowledgement comes after a sync",
    database: "embedded",
    file: "lib/sql/embedded_files.ts",
    code: "        fs.fsyncSync(nfd);\n",
    without: "",
    needs: findStrace(),
  },
  {
    suite: "power_cut_test.ts",
    test: "power cut: everything acknowledged",
    database: "embedded",
    file: "lib/sql/embedded_files.ts",
    code: "        fs.fsyncSync(nfd);\n",
    without: "",
  },
  {
    suite: "power_cut_test.ts",
    test: "power cut: everything acknowledged",
    database: "embedded",
    file: "lib/sql/embedded_session.ts",
    code: "wal_sync_method=fsync",
    without: "wal_sync_method=fdatasync",
  },
  {
    suite: "power_cut_test.ts",
    test: "power cut: everything acknowledged",
    database: "embedded",
    file: "lib/sql/embedded_session.ts",
    code: "fsync=on",
    without: "fsync=off",
  },
  {
    suite: "power_cut_test.ts",
    test: "power cut: everything acknowledged",
    database: "embedded",
    file: "lib/sql/embedded_files.ts",
    code: "          syncFolder(folder);\n",
    without: "",
  },
  {
    suite: "power_cut_test.ts",
    test: "power cut: everything acknowledged",
    database: "embedded",
    file: "lib/sql/embedded_files.ts",
    code: "    await syncTree(this.#place);\n",
    without: "",
  },
  {
    suite: "power_cut_test.ts",
    test: "power cut: a new database",
    database: "embedded",
    file: "lib/sql/embedded_files.ts",
    code: "    await syncTree(this.#root.root);\n",
    without: "",
  },
  {
    suite: "power_cut_test.ts",
    test: "a sync that fails",
    database: "embedded",
    file: "lib/sql/embedded_files.ts",
    code:
      "        this.#fail(`${basename(path)} cannot be synced to disk: ${messageOf(error)}`);\n        return EIO;\n",
    without: "        return 0;\n",
  },
  {
    suite: "unsafe_database_test.ts",
    test: "refused, and nothing acknowledged by it: a role with synchronous_commit",
    database: "postgresql",
    file: "lib/sql/migrations/0004_one_primary.sql",
    code: "or current_setting(''synchronous_commit'') = ''off''",
    without: "or false",
    waits: true,
  },
  {
    suite: "unsafe_database_test.ts",
    test: "refused, and nothing acknowledged by it: a configuration that is changed",
    database: "postgresql",
    file: "lib/sql/migrations/0004_one_primary.sql",
    code: "current_setting(''fsync'') = ''off'' '",
    without: "false '",
    waits: true,
  },
  {
    suite: "unsafe_database_test.ts",
    test: "refused, and nothing acknowledged by it: a database that is read-only",
    database: "postgresql",
    file: "lib/sql/failures.ts",
    code: `new Set(["25006", "PY001"])`,
    without: `new Set(["PY001"])`,
    waits: true,
  },
];

function run({ suite = "interleavings_test.ts", test, ...guard }: Tested): Promise<string> {
  const path = `tests/faults/${suite}`;
  return testWithout(guard, { path, options: ["--filter", test] });
}

const ignored = ({ database, ...guard }: Tested) =>
  (database === "postgresql" && findPostgres() === undefined) ||
  ("needs" in guard && guard.needs === undefined);

const ahead = createRunsAhead(guards.filter((guard) => !ignored(guard) && !guard.waits), run);
let waiting: Map<Tested, Promise<string>> | undefined;

/** Of those that wait the first starts all. */
async function outputOf(guard: Tested): Promise<string> {
  if (guard.waits === undefined) return await ahead(guard);
  if (waiting === undefined) {
    waiting = new Map(guards.filter(({ waits }) => waits).map((each) => [each, run(each)]));
    // Whichever fails is reported by its own test.
    for (const output of waiting.values()) output.catch(() => {});
  }
  return await waiting.get(guard) ?? "";
}

for (const guard of guards) {
  const { test, database, file } = guard;
  Deno.test({
    name: `without the guard in ${file}, the test fails: ${test} [${database}]`,
    ignore: ignored(guard),
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => {
      const output = await outputOf(guard);
      assertFailed(output, test, `[${database}]`);
    },
  });
}
