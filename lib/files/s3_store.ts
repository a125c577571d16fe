/** Objects in a bucket of an S3-compatible server. */
import { createHash } from "node:crypto";
import { StartError } from "../errors.ts";
import type { Log } from "../log.ts";
import { sleep, type Timers } from "../timers.ts";
import { objectPath } from "./object_path.ts";
import { LARGEST_OBJECT, type ObjectStore, type ObjectWriter } from "./object_store.ts";
import { createS3Client, type S3Client, type S3Config, S3Refusal, S3Silence } from "./s3_client.ts";
import {
  CANNOT_READ,
  CANNOT_STORE,
  createStoreFailure,
  type StoreFailure,
} from "./store_failure.ts";

/** Times that something is tried. A server that says nothing takes long about it: that counts twice. */
const TRIES = 4;
/** Milliseconds before the second try, twice as many before the third; half of it is up to chance. */
const FIRST_PAUSE = 200;

/**
 * A server that cannot be reached now keeps nobody from talking, and may be back before anybody sends
 * a file: that is only logged.
 * @throws StartError when it says that files cannot be kept there
 */
export async function openS3Store(
  config: S3Config,
  log: Log,
  timers: Timers,
): Promise<ObjectStore> {
  const client = createS3Client(config, timers);
  const probe = `${config.prefix}check-${crypto.randomUUID()}`;
  try {
    // In this order: of what it refuses, the first answer says why.
    await client.put(probe, new Uint8Array(), createHash("md5").digest("base64"));
    await client.look();
    await client.remove(probe);
  } catch (error) {
    if (!isPassing(error)) {
      const { bucket, endpoint } = config;
      throw new StartError(
        `PARLEY_FILES_URL: files cannot be kept in the bucket ${bucket} at ${endpoint}: ` +
          (error instanceof Error ? error.message : String(error)),
      );
    }
    log.warn("files.away", { reason: error });
  }
  return createS3Store(config, client, createStoreFailure(log), timers);
}

function createS3Store(
  { prefix }: S3Config,
  client: S3Client,
  failure: StoreFailure,
  timers: Timers,
): ObjectStore {
  const persist = async (task: () => Promise<void>) => {
    const patience = createPatience(timers);
    while (true) {
      try {
        return await task();
      } catch (error) {
        await patience.wait(error).catch((last) => {
          throw failure(CANNOT_STORE, last);
        });
      }
    }
  };

  return {
    create: (id) =>
      Promise.resolve(
        createWriter((bytes, md5) =>
          persist(() => client.put(prefix + objectPath(id), bytes, md5))
        ),
      ),
    async *read(id, start, end) {
      const patience = createPatience(timers);
      for (let at = start; at < end;) {
        try {
          // From where the last answer broke.
          for await (const chunk of client.get(prefix + objectPath(id), at, end)) {
            at += chunk.length;
            patience.renew();
            yield chunk;
          }
          if (at < end) throw new Error("the answer ended before its end");
        } catch (error) {
          await patience.wait(error).catch((last) => {
            throw failure(CANNOT_READ, last);
          });
        }
      }
    },
    remove: (id) => persist(() => client.remove(prefix + objectPath(id))),
    check: () => client.look(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

function createWriter(
  put: (bytes: Uint8Array<ArrayBuffer>, md5: string) => Promise<void>,
): ObjectWriter {
  // A server wants to know an object's length first. Of what is not written to, the system gives no
  // memory.
  let held = new Uint8Array(LARGEST_OBJECT);
  let length = 0;
  const md5 = createHash("md5");
  return {
    write: (bytes) => {
      if (length + bytes.length > held.length) {
        return Promise.reject(new Error(`an object has ${LARGEST_OBJECT} bytes at most`));
      }
      held.set(bytes, length);
      length += bytes.length;
      md5.update(bytes);
      return Promise.resolve();
    },
    finish: () => put(held.subarray(0, length), md5.digest("base64")),
    abandon: () => {
      held = new Uint8Array();
      return Promise.resolve();
    },
  };
}

/** How often what failed is tried again, and when. */
function createPatience(timers: Timers) {
  let failures = 0;
  return {
    /** It goes on. */
    renew: () => void (failures = 0),
    /** @throws `error` when trying again is of no use */
    wait: async (error: unknown) => {
      failures += error instanceof S3Silence ? 2 : 1;
      if (failures >= TRIES || !isPassing(error)) throw error;
      await sleep(timers, FIRST_PAUSE * 2 ** (failures - 1) * (0.5 + timers.random() / 2));
    },
  };
}

/** A connection that broke, a server that is busy: another moment may be better. */
function isPassing(error: unknown): boolean {
  if (!(error instanceof S3Refusal)) return true;
  return error.status >= 500 || [408, 429].includes(error.status) ||
    PASSING.has(error.code);
}

/** Among what a server says is wrong with a question: bytes that did not come, or not as they were. */
const PASSING = new Set([
  "BadDigest",
  "IncompleteBody",
  "RequestTimeout",
  "XAmzContentSHA256Mismatch",
]);
