import { setImmediate } from "node:timers";
import type { Clock } from "../lib/clock.ts";
import { AppError, messageOf } from "../lib/errors.ts";
import type { Log } from "../lib/log.ts";
import type { Id } from "../lib/protocol/model.ts";
import type { AppendRow } from "../lib/sql/append.ts";
import type { ChangeRow } from "../lib/sql/change.ts";
import type { LaneStore } from "../lib/sql/chat_store.ts";
import { afterFailure, OtherLogError } from "../lib/sql/failures.ts";
import type { Membership } from "../lib/sql/members.ts";
import { sleep, type Timers } from "../lib/timers.ts";
import {
  appendEntry,
  type AppendJob,
  changeEntry,
  type ChangeJob,
  type Job,
  refusalOf,
  settle,
} from "./job.ts";
import type { Memberships } from "./memberships.ts";
import { RECONNECT_EVERY, untilReachable } from "./until_reachable.ts";

/** Entries of one batch: enough to be worth a commit, few enough to be quick. */
const MAX_BATCH = 500;
/** Entries that may wait in one lane before it answers `unavailable`. */
const MAX_WAITING = 20_000;
/** Times a batch is run again because another transaction was in its way. */
const MAX_COLLISIONS = 5;
/** Times an entry meets a membership that has just changed again. */
const MAX_STALE = 5;

/**
 * Group commit: while one batch is being committed on this lane's connection the next one gathers,
 * so the busier it is, the more messages share a commit. Entries keep their order.
 *
 * The longest file in this folder, because what to do about each kind of failure has to be read in
 * one place.
 */
export interface Lane {
  add(job: Job): void;
}

export function createLane(parts: {
  store: LaneStore;
  memberships: Memberships;
  clock: Clock;
  log: Log;
  timers: Timers;
}): Lane {
  const { store, memberships, clock, log, timers } = parts;
  let waiting: Job[] = [];
  let running = false;

  /** Runs the statement until its outcome is known. Throws what another try would not change. */
  const commit = async (
    jobs: readonly Job[],
    current: ReadonlyMap<Id, Membership>,
  ): Promise<{ rows: (AppendRow | ChangeRow)[]; repeated: boolean }> => {
    const versions = new Map<Id, number>();
    for (const { conversation } of jobs) {
      const membership = current.get(conversation);
      if (membership !== undefined) versions.set(conversation, membership.membersRev);
    }
    let collisions = 0;
    let repeated = false;
    let refused = false;
    while (true) {
      try {
        const rows = jobs[0]?.kind === "change"
          ? await store.change(changesOf(jobs).map((job) => changeEntry(job, current)), versions)
          : await store.append(appendsOf(jobs).map((job) => appendEntry(job, current)), versions);
        return { rows, repeated };
      } catch (error) {
        const next = afterFailure(error);
        if (next === "unknown") {
          // It may have committed. The entries' ids tell, once the database is there again.
          repeated = true;
          log.warn("append.unknown-outcome", { entries: jobs.length, error });
          await sleep(timers, RECONNECT_EVERY);
        } else if (next === "refused") {
          if (!refused) log.error("append.refused", { error: messageOf(error) });
          refused = true;
          await sleep(timers, RECONNECT_EVERY);
        } else if (error instanceof OtherLogError) {
          memberships.clear();
          return { rows: jobs.map(() => ({ outcome: "stale" })), repeated };
        } else if (next === "collision" && ++collisions <= MAX_COLLISIONS) {
          continue;
        } else throw error;
      }
    }
  };

  /** Stores `jobs`, which are in order; a bad one does not take its neighbours along. */
  const write = async (jobs: readonly Job[], stale = 0): Promise<void> => {
    const current = await membershipsOf(jobs, stale > 0);
    const refused = new Map<Job, AppError>();
    for (const job of jobs) {
      const refusal = refusalOf(job, current, clock.now());
      if (refusal !== undefined) refused.set(job, refusal);
    }
    await refuse(refused, current);
    const admitted = jobs.filter((job) => !refused.has(job));
    if (admitted.length === 0) return;

    let written: Awaited<ReturnType<typeof commit>>;
    try {
      written = await commit(admitted, current);
    } catch (error) {
      if (admitted.length > 1) {
        for (const job of admitted) await write([job]);
        return;
      }
      log.error("append.failed", { conversation: admitted[0]?.conversation, error });
      admitted[0]?.failed(new AppError("internal", "the message could not be stored"));
      return;
    }

    const again: Job[] = [];
    admitted.forEach((job, index) => {
      const row = written.rows[index];
      const membership = current.get(job.conversation);
      if (row === undefined || membership === undefined) {
        job.failed(new AppError("internal", "the message could not be stored"));
      } else if (row.outcome === "stale") again.push(job);
      else settle(job, row, membership, written.repeated);
    });
    if (again.length === 0) return;
    if (stale < MAX_STALE) return await write(again, stale + 1);
    for (const job of again) {
      job.failed(
        new AppError("unavailable", "the conversation is changing too quickly", { retryAfter: 1 }),
      );
    }
  };

  /** A member who may not write any more is still told of what they had written before. */
  const refuse = async (
    refused: ReadonlyMap<Job, AppError>,
    current: ReadonlyMap<Id, Membership>,
  ): Promise<void> => {
    const retries = appendsOf([...refused.keys()])
      .filter((job) => refused.get(job)?.code !== "not-member");
    const sent = new Map<Job, AppendRow>();
    if (retries.length > 0) {
      const rows = await untilReachable(
        timers,
        () => store.findSent(retries.map((job) => job.entry)),
      );
      retries.forEach((job, index) => {
        const row = rows[index];
        if (row !== undefined) sent.set(job, row);
      });
    }
    for (const [job, refusal] of refused) {
      const row = sent.get(job);
      const membership = current.get(job.conversation);
      if (row === undefined || membership === undefined) job.failed(refusal);
      else settle(job, row, membership, false);
    }
  };

  /**
   * From the cache, or anew: after a stale version, and where the cache refuses somebody and is
   * behind. To ask for its version is one small row, however large the group and however often
   * somebody is refused; and by the work it makes nobody can tell a conversation that exists from one
   * that does not.
   */
  const membershipsOf = async (
    jobs: readonly Job[],
    anew: boolean,
  ): Promise<Map<Id, Membership>> => {
    const conversations = [...new Set(jobs.map((job) => job.conversation))];
    const cached = new Set(anew ? [] : conversations.filter((id) => memberships.peek(id)));
    const read = () => anew ? memberships.reload(conversations) : memberships.get(conversations);
    const current = await untilReachable(timers, read);
    const doubtful = new Set<Membership>();
    for (const job of jobs) {
      const membership = current.get(job.conversation);
      if (membership === undefined || !cached.has(job.conversation)) continue;
      if (refusalOf(job, current, clock.now()) !== undefined) doubtful.add(membership);
    }
    const behind = await untilReachable(timers, () => memberships.outdated([...doubtful]));
    const fresh = await untilReachable(timers, () => memberships.reload(behind));
    for (const conversation of behind) {
      const membership = fresh.get(conversation);
      if (membership === undefined) current.delete(conversation);
      else current.set(conversation, membership);
    }
    return current;
  };

  /** Takes the next batch from those that wait. */
  const takeBatch = (): Job[] => {
    const { batch, left } = nextBatch(waiting);
    waiting = left;
    return batch;
  };

  const run = async () => {
    while (waiting.length > 0) {
      const batch = takeBatch();
      try {
        await write(batch);
      } catch (error) {
        log.error("append.failed", { entries: batch.length, error });
        for (const job of batch) {
          job.failed(new AppError("internal", "the message could not be stored"));
        }
      }
    }
    running = false;
  };

  return {
    add: (job) => {
      if (waiting.length >= MAX_WAITING) {
        job.failed(new AppError("unavailable", "too many messages are waiting", { retryAfter: 1 }));
        return;
      }
      waiting.push(job);
      if (running) return;
      running = true;
      // After the sockets of this turn were read, so that the first batch is a batch as well.
      setImmediate(() => void run());
    },
  };
}

/**
 * What one statement can do of those that wait: all of the first one's kind, and changes of different
 * messages. The others wait, and with them whatever follows in their conversations: there the order
 * matters.
 */
function nextBatch(waiting: readonly Job[]): { batch: Job[]; left: Job[] } {
  const kind = waiting[0]?.kind;
  const batch: Job[] = [];
  const left: Job[] = [];
  const held = new Set<Id>();
  const changed = new Set<string>();
  for (const [index, job] of waiting.entries()) {
    if (batch.length === MAX_BATCH) return { batch, left: [...left, ...waiting.slice(index)] };
    const message = job.kind === "change" ? `${job.conversation} ${job.seq}` : undefined;
    const again = message !== undefined && changed.has(message);
    if (job.kind !== kind || again || held.has(job.conversation)) {
      held.add(job.conversation);
      left.push(job);
      continue;
    }
    if (message !== undefined) changed.add(message);
    batch.push(job);
  }
  return { batch, left };
}

function appendsOf(jobs: readonly Job[]): AppendJob[] {
  return jobs.filter((job) => job.kind === "append");
}

function changesOf(jobs: readonly Job[]): ChangeJob[] {
  return jobs.filter((job) => job.kind === "change");
}
