import type { Id } from "../../protocol/model.ts";

/** Who writes to which upload in this process: one request each, and the latest. */
export interface Writers {
  /** Ends whoever writes to it, and waits until what they have is safe. */
  end(upload: Id): Promise<void>;
  /** Does the same, and then runs `task` as the one who writes. */
  write<T>(upload: Id, task: (signal: AbortSignal) => Promise<T>): Promise<T>;
}

export function createWriters(): Writers {
  const writing = new Map<Id, { abort: AbortController; done: Promise<unknown> }>();
  const end = async (upload: Id) => {
    // Another one may have begun while this one was waited for.
    for (let now; (now = writing.get(upload)) !== undefined;) {
      now.abort.abort();
      await now.done;
    }
  };
  return {
    end,
    write: async (upload, task) => {
      await end(upload);
      const abort = new AbortController();
      const { promise: done, resolve } = Promise.withResolvers<void>();
      writing.set(upload, { abort, done });
      try {
        return await task(abort.signal);
      } finally {
        writing.delete(upload);
        resolve();
      }
    },
  };
}
