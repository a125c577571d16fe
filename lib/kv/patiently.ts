/**
 * Isolates and processes that share one file write to it one at a time. A write that checks something
 * first reads, and when another one writes meanwhile, SQLite refuses it at once instead of waiting:
 * nothing was written then, and it can be tried again.
 */
const LOCKED = /database is locked/;

/** Milliseconds before another try: about one and a half seconds in all, which chance makes uneven. */
const WAITS = [5, 10, 20, 40, 80, 160, 320, 320, 320, 320];

export async function patiently<T>(write: () => Promise<T>): Promise<T> {
  for (const wait of WAITS) {
    try {
      return await write();
    } catch (error) {
      if (!(error instanceof Error && LOCKED.test(error.message))) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, wait * (0.5 + Math.random() / 2)));
  }
  return await write();
}
