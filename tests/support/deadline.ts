/** Fails instead of waiting for ever: `what` says what did not happen. */
export async function within<T>(promise: Promise<T>, what: string, ms = 5_000): Promise<T> {
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
  ms = 5_000,
): Promise<void> {
  const end = Date.now() + ms;
  while (!await holds()) {
    if (Date.now() > end) {
      throw new Error(`${typeof what === "string" ? what : what()} did not happen in ${ms} ms`);
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
