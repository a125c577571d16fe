import type { Id } from "../../protocol/model.ts";

/** Who writes to which upload in this process: one request each, and the latest. */
export interface Writers {
  /** Ends whoever writes to it, and waits until what they have is safe. */
  end(upload: Id): Promise<void>;
  /** Does the same, and then runs `task` as the one who writes. */
  write<T>(upload: Id, task: (signal: AbortSignal) => Promise<T>): Promise<T>;
}

type Writing = { readonly abort: AbortController; readonly done: Promise<unknown> };

export function createWriters(): Writers {
  const writing = new Map<Id, Writing>();
  return {
    end: async (upload) => {
      // Another one may have begun while this one was waited for.
      for (let now; (now = writing.get(upload)) !== undefined;) await endOne(now);
    },
    write: async (upload, task) => {
      // Of several who waited the first one finds nobody here, and the others it: nothing may come
      // between the last look and the entry.
      for (let now; (now = writing.get(upload)) !== undefined;) await endOne(now);
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

async function endOne({ abort, done }: Writing): Promise<void> {
  abort.abort();
  await done;
}
