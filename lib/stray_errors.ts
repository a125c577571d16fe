import type { Log } from "./log.ts";

/** What a connection ends with when its other side is gone: no mistake of this process. */
const LOST: ReadonlySet<unknown> = new Set(["ECONNRESET", "ECONNABORTED", "EPIPE", "ETIMEDOUT"]);

function isLostConnection(error: unknown): error is Error & { code: string } {
  return error instanceof Error && "code" in error && LOST.has(error.code) && "syscall" in error;
}

/**
 * A socket that nobody listens to any more throws what it ends with. The client of NATS lets go of
 * one before it closes it: a server that refuses a password and resets the connection in the same
 * moment would otherwise end the process, or whatever test runs.
 */
export function logLostConnections(log: Log): void {
  globalThis.addEventListener("error", (event) => {
    if (!isLostConnection(event.error)) return;
    event.preventDefault();
    const { message, code } = event.error;
    log.warn("process.connection-lost", { error: message, code });
  });
}

/** A mistake in one request is logged and ends that request, not everybody's connection. */
export function logStrayErrors(log: Log): void {
  logLostConnections(log);
  for (const name of ["error", "unhandledrejection"] as const) {
    globalThis.addEventListener(name, (event) => {
      // Said by the one above.
      if (event.defaultPrevented) return;
      event.preventDefault();
      log.error(`process.${name}`, { error: "reason" in event ? event.reason : event.error });
    });
  }
}
