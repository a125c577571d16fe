/** Objects as files in a folder of this machine, or in one that several machines share. */
import { dirname } from "node:path";
import { messageOf, StartError } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Id } from "../protocol/model.ts";
import { objectPath } from "./object_path.ts";
import type { ObjectStore, ObjectWriter } from "./object_store.ts";
import {
  CANNOT_READ,
  CANNOT_STORE,
  createStoreFailure,
  type StoreFailure,
} from "./store_failure.ts";

/** Bytes that are read at once. */
const CHUNK = 256 * 1024;
/** Objects under way, of which each is an open file. */
const AT_ONCE = 256;

/** @throws StartError when the folder cannot be written */
export async function openDiskStore(directory: string, log: Log): Promise<ObjectStore> {
  try {
    // One that was there before may be others' as well. What is made in it is for nobody else anyhow.
    await Deno.mkdir(directory, { recursive: true, mode: 0o700 });
    await tryToWrite(directory);
    await syncAround(directory);
  } catch (error) {
    throw new StartError(`the folder of files ${directory} cannot be written: ${messageOf(error)}`);
  }
  return createDiskStore(directory, createStoreFailure(log));
}

function createDiskStore(directory: string, failure: StoreFailure): ObjectStore {
  /** Those whose entry in `directory` is on disk. */
  const folders = new Set<string>();
  const pathOf = (id: Id) => `${directory}/${objectPath(id)}`;

  const makeFolder = async (path: string) => {
    if (folders.has(path)) return;
    await Deno.mkdir(path, { recursive: true, mode: 0o700 });
    await syncFolder(directory);
    folders.add(path);
  };

  return {
    atOnce: AT_ONCE,
    create: async (id) => {
      const path = pathOf(id);
      const folder = dirname(path);
      try {
        await makeFolder(folder);
        return await startWriter(path, failure);
      } catch (error) {
        // Somebody may have taken the folder away: the next one makes it again.
        folders.delete(folder);
        throw unwritable(failure, error);
      }
    },
    read: (id, start, end) => readFile(pathOf(id), start, end, failure),
    remove: async (id) => {
      try {
        await removeObject(pathOf(id));
      } catch (error) {
        throw unwritable(failure, error);
      }
    },
    check: () => tryToWrite(directory),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** Ids are used once, so what is found under this name is a writer's who died. */
function unfinishedOf(path: string): string {
  return `${path}.unfinished`;
}

async function startWriter(path: string, failure: StoreFailure): Promise<ObjectWriter> {
  const options = { createNew: true, write: true, mode: 0o600 };
  const file = await Deno.open(unfinishedOf(path), options);
  let open = true;
  const close = () => {
    if (open) file.close();
    open = false;
  };
  return {
    write: async (bytes) => {
      try {
        for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
      } catch (error) {
        throw unwritable(failure, error);
      }
    },
    finish: async () => {
      try {
        await file.sync();
        close();
        await Deno.rename(unfinishedOf(path), path);
        // The name is an entry of the folder, and as easily lost as what is in the file.
        await syncFolder(dirname(path));
      } catch (error) {
        throw unwritable(failure, error);
      }
    },
    abandon: async () => {
      close();
      try {
        // Also under its own name: the last sync may be what failed.
        await removeObject(path);
      } catch (error) {
        throw unwritable(failure, error);
      }
    },
  };
}

async function* readFile(
  path: string,
  start: number,
  end: number,
  failure: StoreFailure,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const tell = (error: unknown) => {
    throw failure(CANNOT_READ, error);
  };
  using file = await Deno.open(path).catch(tell);
  await file.seek(start, Deno.SeekMode.Start);
  for (let at = start; at < end;) {
    // A new one each time: whoever has the last one may not be done with it.
    const chunk = new Uint8Array(Math.min(CHUNK, end - at));
    const length = await file.read(chunk).catch(tell);
    if (length === null) throw failure(CANNOT_READ, `${path} ends at ${at}, and not at ${end}`);
    at += length;
    yield chunk.subarray(0, length);
  }
}

/**
 * In this order a writer that finishes meanwhile leaves nothing: before, its file is found under its
 * name; after, there is none any more to be given one.
 */
async function removeObject(path: string): Promise<void> {
  const removed = [await removeIfThere(unfinishedOf(path)), await removeIfThere(path)];
  // Or it would be back after a power cut, and nothing in SQL would know of it.
  if (removed.includes(true)) await syncFolder(dirname(path));
}

async function removeIfThere(path: string): Promise<boolean> {
  try {
    await Deno.remove(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function tryToWrite(directory: string): Promise<void> {
  const path = `${directory}/check-${crypto.randomUUID()}`;
  try {
    // With something in it: a disk that is full takes an empty one.
    await Deno.writeFile(path, new Uint8Array(1), { createNew: true, mode: 0o600 });
  } finally {
    await removeIfThere(path);
  }
}

async function syncFolder(path: string): Promise<void> {
  using folder = await Deno.open(path);
  await folder.sync();
}

/** The folder's own entry. What is around one that an operator named is not Parley's to open. */
async function syncAround(directory: string): Promise<void> {
  try {
    await syncFolder(dirname(directory));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotCapable)) throw error;
  }
}

function unwritable(failure: StoreFailure, error: unknown): Error {
  const full = error instanceof Error && "code" in error &&
    (error.code === "ENOSPC" || error.code === "EDQUOT");
  return failure(full ? "the server has no room left for files" : CANNOT_STORE, error);
}
