/**
 * What one process knows of uploads beside the database: who writes to which of them, and which are
 * being made files. Nothing depends on it; it only spares work, and lets two requests of one process
 * take turns at once.
 */
import type { Clock } from "../../clock.ts";
import type { Id } from "../../protocol/model.ts";
import type { Sql } from "../../sql/open.ts";
import type { Timers } from "../../timers.ts";
import { createBoundedTurns } from "../../bounded_turns.ts";
import { AppError } from "../../errors.ts";
import { createTurns } from "../../turns.ts";
import { createTurnsOfEach } from "../../turns_of_each.ts";
import type { ObjectStore } from "../object_store.ts";
import { createFinishing, type Finishing, type Inspect } from "./finishing.ts";
import { pullFrom } from "./pull.ts";
import { receive, type Receiving } from "./receive.ts";
import { createWriters, type Writers } from "./writers.ts";

export interface Uploads {
  readonly writers: Writers;
  readonly finishing: Finishing;
  /** Takes a request's bytes. @returns how far the upload is then */
  receive(
    receiving: Receiving,
    bytes: AsyncIterable<Uint8Array<ArrayBuffer>>,
    bounds: { most: number; signal: AbortSignal },
  ): Promise<number>;
  /** Runs `task` when it is its owner's turn. @throws AppError where too many of theirs wait */
  inTurn<T>(owner: Id, task: () => Promise<T>): Promise<T>;
}

/** Requests of one person that bring bytes at a time, and those that wait. */
const BODIES = 6;
const WAITING = 24;

export function createUploads(
  parts: { sql: Sql; store: ObjectStore; clock: Clock; timers: Timers; inspect: Inspect },
): Uploads {
  const all = { ...parts, turns: createTurns(parts.store.atOnce) };
  const ofEach = createTurnsOfEach(() => createBoundedTurns(BODIES, WAITING, tooMany));
  return {
    writers: createWriters(),
    finishing: createFinishing(all),
    receive: (receiving, bytes, bounds) =>
      receive(all, receiving, pullFrom(bytes, { ...bounds, timers: parts.timers })),
    inTurn: ofEach.take,
  };
}

function tooMany(): AppError {
  return new AppError("rate-limited", "too many uploads of yours are under way", { retryAfter: 5 });
}
