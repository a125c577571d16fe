import type { Id } from "../protocol/model.ts";
import { appendBatch } from "./append.ts";
import { changeBatch } from "./change.ts";
import type { LaneStore } from "./chat_store.ts";
import { OtherLogError } from "./failures.ts";
import { findSent } from "./find_sent.ts";
import { readEpoch } from "./log_epoch.ts";
import { connectionsLost, type Sql } from "./open.ts";

/**
 * A lane's connection, for the log `first`: memberships may be known of that one before anything was
 * asked on this connection. When it is a new one, whose log that is gets asked before anything else: the
 * version of a membership, by which an append is let in, means something else in another log.
 */
export function createLaneStore(sql: Sql, first?: Id): LaneStore {
  let epoch = first;
  /** The connections that were gone when the log was looked at last. */
  let lost: number | undefined;

  const checkLog = async () => {
    while (lost !== connectionsLost(sql)) {
      const before = connectionsLost(sql);
      const now = await readEpoch(sql);
      const same = epoch === undefined || epoch === now;
      [epoch, lost] = [now, before];
      if (!same) throw new OtherLogError("the log is another one than before");
    }
  };

  return {
    append: async (...batch) => {
      await checkLog();
      return await appendBatch(sql, ...batch);
    },
    change: async (...batch) => {
      await checkLog();
      return await changeBatch(sql, ...batch);
    },
    findSent: (...entries) => findSent(sql, ...entries),
  };
}
