import { AppError } from "../../lib/errors.ts";
import type { ObjectStore } from "../../lib/files/object_store.ts";
import type { Id } from "../../lib/protocol/model.ts";

/** A store in memory. `objects` are those that are whole. */
export function createMemoryObjects(): ObjectStore & {
  readonly objects: Map<Id, Uint8Array<ArrayBuffer>>;
} {
  const objects = new Map<Id, Uint8Array<ArrayBuffer>>();
  return {
    objects,
    atOnce: 32,
    create: (id) => {
      const chunks: Uint8Array<ArrayBuffer>[] = [];
      return Promise.resolve({
        write: (bytes) => Promise.resolve(void chunks.push(bytes.slice())),
        finish: async () => {
          objects.set(id, new Uint8Array(await new Blob(chunks).arrayBuffer()));
        },
        abandon: () => Promise.resolve(),
      });
    },
    read: async function* (id, start, end) {
      const bytes = await Promise.resolve(objects.get(id));
      if (bytes === undefined) throw new AppError("unavailable", "this object is not here");
      yield bytes.slice(start, end);
    },
    remove: (id) => Promise.resolve(void objects.delete(id)),
    check: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
