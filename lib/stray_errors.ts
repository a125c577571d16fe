import type { Log } from "./log.ts";

/** A mistake in one request is logged and ends that request, not everybody's connection. */
export function logStrayErrors(log: Log): void {
  for (const name of ["error", "unhandledrejection"] as const) {
    globalThis.addEventListener(name, (event) => {
      event.preventDefault();
      log.error(`process.${name}`, { error: "reason" in event ? event.reason : event.error });
    });
  }
}
