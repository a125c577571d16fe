/**
 * What an error of a statement says about running it again:
 * - `collision`: another transaction was in its way; nothing was changed, and it may work now
 * - `unknown`: the connection was lost or not to be had; the statement may have been committed
 * - `final`: the statement itself is at fault
 */
export type AfterFailure = "collision" | "unknown" | "final";

/** SQLSTATE: unique violation, deadlock, serialization failure (PostgreSQL appendix A). */
const COLLISIONS = new Set(["23505", "40P01", "40001"]);

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

export function afterFailure(error: unknown): AfterFailure {
  const code = codeOf(error);
  if (COLLISIONS.has(code)) return "collision";
  // Class 08 is the SQL standard's "connection exception".
  if (LOST.has(code) || /^08/.test(code)) return "unknown";
  return "final";
}

function codeOf(error: unknown): string {
  if (typeof error !== "object" || error === null || !("code" in error)) return "";
  return String(error.code);
}
