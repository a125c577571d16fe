/**
 * Isolates and processes that share one file write to it one at a time. A write that checks something
 * first reads, and when another one writes meanwhile, SQLite refuses it at once instead of waiting:
 * nothing was written then, and it can be tried again.
 */
const LOCKED = /database is locked/;

/** Milliseconds after which nothing is tried again: SQLite itself waits 5 s for a long write of another's. */
const TRIED = 8_000;

/** Milliseconds before another try: about one and a half seconds in all, which chance makes uneven. */
const WAITS = [5, 10, 20, 40, 80, 160, 320, 320, 320, 320];

export async function patiently<T>(write: () => Promise<T>): Promise<T> {
  const end = performance.now() + TRIED;
  for (const wait of WAITS) {
    try {
      return await write();
    } catch (error) {
      const locked = error instanceof Error && LOCKED.test(error.message);
      if (!locked || performance.now() >= end) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, wait * (0.5 + Math.random() / 2)));
  }
  return await write();
}
