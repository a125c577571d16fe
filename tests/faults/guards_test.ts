/**
 * Shows that the tests of interleavings_test.ts can fail: takes each guard out of a copy of the
 * code and expects its test to notice.
 */
import assert from "node:assert/strict";
import { type Guard, testWithout } from "../support/guards.ts";
import { findPostgres } from "../support/postgres_server.ts";

type Tested = Guard & {
  /** The beginning of the test's name. */
  test: string;
  database: "embedded" | "postgresql";
};

const guards: readonly Tested[] = [
  {
    test: "retry on another node",
    // Only a real server lets two statements overlap.
    database: "postgresql",
    file: "lib/sql/failures.ts",
    code: `new Set(["23505", "40P01", "40001"])`,
    without: `new Set(["40P01", "40001"])`,
  },
  {
    test: "removal during a send",
    database: "postgresql",
    file: "lib/sql/append.ts",
    code: " and v.members_rev = c.members_rev",
    without: "",
  },
  {
    test: "removal during a send",
    database: "embedded",
    file: "lib/sql/append.ts",
    code: " and v.members_rev = c.members_rev",
    without: "",
  },
  {
    test: "origin dead between commit and publish",
    database: "embedded",
    file: "chat/appender.ts",
    code: "for (const message of messages) announce(message, membership, submission.connection);",
    without: "void messages;",
  },
  {
    test: "a node that falls silent",
    database: "embedded",
    file: "chat/digest_reader.ts",
    code: "if (silent < (MISSED + 0.5) * DIGEST_EVERY) continue;",
    without: "if (silent < Infinity) continue;",
  },
  {
    test: "poisoned batch",
    database: "embedded",
    file: "chat/lane.ts",
    code: "for (const job of admitted) await store([job]);",
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
    code: "when s.id = i.id then 'stored'",
    without: "when false then 'stored'",
  },
  {
    test: "tail loss on the bus",
    database: "embedded",
    file: "chat/digest_reader.ts",
    code: "heardRev(conversation) < rev",
    without: "heardRev(conversation) < rev && rev < 0",
  },
];

for (const { test, database, ...guard } of guards) {
  Deno.test({
    name: `without the guard in ${guard.file}, the test fails: ${test} [${database}]`,
    ignore: database === "postgresql" && findPostgres() === undefined,
    fn: async () => {
      const output = await testWithout(guard, {
        path: "tests/faults/interleavings_test.ts",
        options: ["--filter", test],
      });
      const failed = output.split("\n").some((line) =>
        line.startsWith(test) && line.includes(`[${database}] ... FAILED`)
      );
      assert.ok(failed, `another test failed, or none ran:\n${output}`);
    },
  });
}
