/** The log is another one than before: what was known of it does not count any more. */
export class OtherLogError extends Error {}

/**
 * What an error of a statement says about running it again:
 * - `collision`: another transaction was in its way; nothing was changed, and it may work now
 * - `unknown`: the connection was lost or not to be had; the statement may have been committed
 * - `refused`: the database is one that nothing may be written to (fault.ts); nothing was
 * - `final`: the statement itself is at fault
 */
export type AfterFailure = "collision" | "unknown" | "refused" | "final";

/**
 * SQLSTATE: unique violation, deadlock, serialization failure (PostgreSQL appendix A). And foreign key
 * violation: what a statement found was removed before it ended, as a file may be; the next run does not
 * find it.
 */
const COLLISIONS = new Set(["23505", "40P01", "40001", "23503"]);

/** Of the driver, of the operating system, and SQLSTATEs of a server that goes away or is full. */
const LOST = new Set([
  "CONNECTION_CLOSED",
  "CONNECTION_ENDED",
  "CONNECTION_DESTROYED",
  "CONNECT_TIMEOUT",
  "ECONNREFUSED",
  "ECONNRESET",
  "ECONNABORTED",
  "EPIPE",
  "ETIMEDOUT",
  "ENOENT",
  "ENOTFOUND",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "57P01",
  "57P02",
  "57P03",
  "53300",
]);

/** SQLSTATE: a read-only transaction, and the one of our own triggers (0004_one_primary.sql). */
const REFUSED = new Set(["25006", "PY001"]);

/** Whether the same may work once the database is there again, or is again what it has to be. */
export function isAway(error: unknown): boolean {
  const next = afterFailure(error);
  return next === "unknown" || next === "refused";
}

export function afterFailure(error: unknown): AfterFailure {
  const code = codeOf(error);
  if (COLLISIONS.has(code)) return "collision";
  if (REFUSED.has(code)) return "refused";
  // Class 08 is the SQL standard's "connection exception".
  if (LOST.has(code) || /^08/.test(code)) return "unknown";
  return "final";
}

function codeOf(error: unknown): string {
  if (typeof error !== "object" || error === null || !("code" in error)) return "";
  return String(error.code);
}
