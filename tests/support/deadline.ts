/**
 * Milliseconds until something has not happened: on a machine that has other work, little says that
 * it will not. Who expects that it does not happen waits for less (guards.ts).
 */
export const PATIENCE = Number(Deno.env.get("PARLEY_TEST_PATIENCE") ?? 20_000);

/** Milliseconds that the sockets of a session that ended have, on any machine (SECURITY.md, 6). */
export const SESSION_ENDS_WITHIN = 5_000;

/** Fails instead of waiting for ever: `what` says what did not happen. */
export async function within<T>(promise: Promise<T>, what: string, ms = PATIENCE): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`${what} did not happen in ${ms} ms`)), ms);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Asks `holds` again and again until it answers true. */
export async function eventually(
  holds: () => boolean | Promise<boolean>,
  what: string | (() => string),
  ms = PATIENCE,
): Promise<void> {
  const end = Date.now() + ms;
  while (!await holds()) {
    if (Date.now() > end) {
      throw new Error(`${typeof what === "string" ? what : what()} did not happen in ${ms} ms`);
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
