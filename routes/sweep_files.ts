import { messageOf } from "../lib/errors.ts";
import type { ObjectStore } from "../lib/files/object_store.ts";
import type { Log } from "../lib/log.ts";
import type { Id } from "../lib/protocol/model.ts";
import { forgetObjects, postponeObjects } from "../lib/sql/files/objects.ts";
import { doomObjects, removeStaleUploads, removeUnheldFiles } from "../lib/sql/files/sweep.ts";
import type { Sql } from "../lib/sql/open.ts";
import { sweepLinkPreviews } from "../lib/sql/link_previews.ts";
import { poll } from "../lib/sql/poll.ts";
import type { Timers } from "../lib/timers.ts";

/**
 * Milliseconds, also until the first look: what is removed has been nobody's for hours, and a server
 * that has just begun has better to do.
 */
const LOOK_EVERY = 60_000;
/** Steps of one look at files, of which there may be millions: the next look goes on there. */
const FILE_STEPS = 5;
/** Objects that cannot be removed, after which a look ends: the store is away. */
const FAILURES = 10;

export type SweepParts = {
  readonly sql: Sql;
  readonly files: ObjectStore;
  readonly log: Log;
};

/** Removes files and bytes that nobody holds. Disposing it waits for the step under way. */
export function startSweep(parts: SweepParts, timers: Timers): AsyncDisposable {
  const { log } = parts;
  const sweep = createSweep(parts);
  let sweeping = Promise.resolve();
  const polling = poll(timers, LOOK_EVERY, () => sweeping = sweep.look(), (error) => {
    log.error("sweep.failed", { error: messageOf(error) });
  });
  return {
    [Symbol.asyncDispose]: async () => {
      sweep.end();
      polling[Symbol.dispose]();
      // How it ends is told where it was begun.
      await sweeping.catch(() => {});
    },
  };
}

export interface Sweep {
  look(): Promise<void>;
  /** After this nothing is begun any more. */
  end(): void;
}

export function createSweep({ sql, files, log }: SweepParts): Sweep {
  let ended = false;
  let after: Id | undefined;

  /** One that cannot be removed keeps no other waiting. @throws after all that can be */
  const removeObjects = async (counts: { objects: number }) => {
    const failed = new Map<Id, unknown>();
    while (!ended && failed.size < FAILURES) {
      const ids = (await doomObjects(sql)).filter((id) => !failed.has(id));
      if (ids.length === 0) break;
      const removed: Id[] = [];
      for (const id of ids) {
        if (ended || failed.size === FAILURES) break;
        try {
          await files.remove(id);
          removed.push(id);
        } catch (error) {
          failed.set(id, error);
        }
      }
      // What was not removed before the end is found again by the next look.
      await forgetObjects(sql, removed);
      await postponeObjects(sql, [...failed.keys()]);
      counts.objects += removed.length;
    }
    for (const error of failed.values()) throw error;
  };

  return {
    end: () => void (ended = true),
    look: async () => {
      const counts = { uploads: 0, files: 0, objects: 0 };
      await sweepLinkPreviews(sql);
      counts.uploads = await removeStaleUploads(sql);
      for (let step = 0; step < FILE_STEPS && !ended; step++) {
        const { removed, next } = await removeUnheldFiles(sql, after);
        counts.files += removed;
        after = next;
        if (after === undefined) break;
      }
      try {
        await removeObjects(counts);
      } finally {
        if (counts.uploads + counts.files + counts.objects > 0) log.info("sweep.done", counts);
      }
    },
  };
}
