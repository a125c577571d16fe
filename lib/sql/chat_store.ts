import type { appendBatch } from "./append.ts";
import type { changeBatch } from "./change.ts";
import type { findSent } from "./find_sent.ts";
import { readHeads, readRecentHeads } from "./conversations.ts";
import { readMemberships, readMembersRevs, readSeats } from "./members.ts";
import { readChanges, readHistory, readMessages } from "./messages.ts";
import type { Database, Sql } from "./open.ts";
import { moveReceipts } from "./receipts.ts";
import { readEndedSessions } from "./sessions.ts";
import type { Id } from "../protocol/model.ts";
import { createLaneStore } from "./lane_store.ts";
import { readEpoch } from "./log_epoch.ts";
import { readStart, useTicket } from "./tickets.ts";
import { readWatchable } from "./watchable.ts";

/** A function of this folder without its first parameter, the connection. */
type Bound<F> = F extends (sql: Sql, ...rest: infer Rest) => infer Answer
  ? (...rest: Rest) => Answer
  : never;

export type Append = Bound<typeof appendBatch>;
export type Change = Bound<typeof changeBatch>;
export type FindSent = Bound<typeof findSent>;

/**
 * What writes to the logs, on a connection of its own. It rejects with an `OtherLogError`, and has done
 * nothing, where the log is not the one any more that it wrote to before.
 */
export interface LaneStore {
  readonly append: Append;
  readonly change: Change;
  readonly findSent: FindSent;
}

/**
 * Everything that a chat node asks of the database: the port that lets tests put something else in
 * its place. Errors are judged by `afterFailure`.
 */
export interface ChatStore {
  /** One for each of the appender's lanes. */
  readonly lanes: readonly LaneStore[];
  readonly readMemberships: Bound<typeof readMemberships>;
  readonly readMembersRevs: Bound<typeof readMembersRevs>;
  readonly readSeats: Bound<typeof readSeats>;
  readonly readChanges: Bound<typeof readChanges>;
  readonly readHistory: Bound<typeof readHistory>;
  readonly readMessages: Bound<typeof readMessages>;
  readonly readHeads: Bound<typeof readHeads>;
  readonly readRecentHeads: Bound<typeof readRecentHeads>;
  readonly moveReceipts: Bound<typeof moveReceipts>;
  readonly readWatchable: Bound<typeof readWatchable>;
  readonly useTicket: Bound<typeof useTicket>;
  readonly readStart: Bound<typeof readStart>;
  readonly readEpoch: Bound<typeof readEpoch>;
  readonly readEndedSessions: Bound<typeof readEndedSessions>;
}

/** @param epoch the log as it was called before anything was read of it; else each lane's first */
export function createChatStore(
  { sql, lanes, memberships, reads }: Pick<Database, "sql" | "lanes" | "memberships" | "reads">,
  epoch?: Id,
): ChatStore {
  return {
    lanes: lanes.map((lane) => createLaneStore(lane, epoch)),
    readMemberships: (...query) => readMemberships(memberships, ...query),
    readMembersRevs: (...query) => readMembersRevs(memberships, ...query),
    readSeats: (...query) => readSeats(sql, ...query),
    readChanges: (...query) => reads.take(() => readChanges(sql, ...query)),
    readHistory: (...query) => reads.take(() => readHistory(sql, ...query)),
    readMessages: (...query) => readMessages(sql, ...query),
    readHeads: (...query) => readHeads(sql, ...query),
    readRecentHeads: (...query) => readRecentHeads(sql, ...query),
    moveReceipts: (...moves) => moveReceipts(sql, ...moves),
    readWatchable: (...query) => readWatchable(sql, ...query),
    useTicket: (...ticket) => useTicket(sql, ...ticket),
    readStart: (...query) => readStart(sql, ...query),
    readEpoch: () => readEpoch(sql),
    readEndedSessions: (...query) => readEndedSessions(sql, ...query),
  };
}
