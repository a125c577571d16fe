import assert from "node:assert/strict";
import { newId } from "../../../lib/ids.ts";
import { OtherLogError } from "../../../lib/sql/failures.ts";
import { createLaneStore } from "../../../lib/sql/lane_store.ts";
import type { Sql } from "../../../lib/sql/open.ts";

/** A connection to the log that is called so, which is all that it says. */
function connectionTo(epoch: string): Sql {
  return (() => Promise.resolve([{ epoch, settled: true }])) as unknown as Sql;
}

Deno.test("createLaneStore writes nothing by what was known of another log, also on a lane never used", async () => {
  const [first, restored] = [newId(), newId()];
  const lane = createLaneStore(connectionTo(restored), first);
  await assert.rejects(lane.append([], new Map()), OtherLogError);
  // Whoever goes on has forgotten what was known before.
  assert.ok(await lane.append([], new Map()));
  const same = createLaneStore(connectionTo(first), first);
  assert.ok(await same.append([], new Map()));
});
