import assert from "node:assert/strict";
import { inTransaction } from "../../../lib/sql/in_transaction.ts";
import type { Sql } from "../../../lib/sql/open.ts";
import { testWithDatabase } from "../../support/databases.ts";
import { readRoles, seedCrowd, seedGroupOf } from "../../support/seed_groups.ts";

/**
 * A transaction that takes everybody out of a group and then fails by `state`, as often as
 * `failures` says.
 */
async function tryToEmpty(sql: Sql, state: string, failures: number) {
  const [owner = "", meg = ""] = await seedCrowd(sql, 2);
  const id = await seedGroupOf(sql, { owner, members: [meg] });
  const found: number[] = [];
  const outcome = await inTransaction(sql, async (tx) => {
    const gone = await tx`delete from members where conversation_id = ${id} returning user_id`;
    found.push(gone.length);
    if (found.length <= failures) {
      await tx.unsafe(
        `do $$ begin raise exception 'in the way' using errcode = '${state}'; end $$`,
      );
    }
    return gone.length;
  }).catch((error: { code?: string }) => error.code);
  return { outcome, found, left: Object.keys(await readRoles(sql, id)).length };
}

testWithDatabase("inTransaction runs again what another one was in the way of", async ({ sql }) => {
  for (const state of ["40P01", "40001", "23505"]) {
    const { outcome, found, left } = await tryToEmpty(sql, state, 2);
    assert.equal(outcome, 2);
    // Each try found everything as the first one did.
    assert.deepEqual(found, [2, 2, 2]);
    assert.equal(left, 0);
  }
});

testWithDatabase("inTransaction gives up in the end, and leaves nothing", async ({ sql }) => {
  const { outcome, found, left } = await tryToEmpty(sql, "40P01", 100);
  assert.equal(outcome, "40P01");
  assert.deepEqual(found, [2, 2, 2, 2, 2, 2]);
  assert.equal(left, 2);
});

testWithDatabase("inTransaction runs once what fails by itself", async ({ sql }) => {
  const { outcome, found, left } = await tryToEmpty(sql, "22000", 100);
  assert.equal(outcome, "22000");
  assert.deepEqual(found, [2]);
  assert.equal(left, 2);
});
