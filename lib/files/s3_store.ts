/** Objects in a bucket of an S3-compatible server. */
import { createHash } from "node:crypto";
import { StartError } from "../errors.ts";
import type { Log } from "../log.ts";
import { sleep, type Timers } from "../timers.ts";
import { objectPath } from "./object_path.ts";
import { LARGEST_OBJECT, type ObjectStore, type ObjectWriter } from "./object_store.ts";
import { createTurns } from "../turns.ts";
import {
  createS3Client,
  type S3Client,
  type S3Config,
  S3Refusal,
  S3Silence,
  type Sums,
} from "./s3_client.ts";
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
/** Objects under way, each of which has up to 8 MiB in memory. */
const AT_ONCE = 32;
/** Objects on their way to the server: the system has each of them once more. */
const PUTS = 6;

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
    await client.put(probe, new Uint8Array(), createSums().digest());
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
  const puts = createTurns(PUTS);
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
    atOnce: AT_ONCE,
    create: (id) =>
      Promise.resolve(
        createWriter((bytes, sums) =>
          persist(() => puts.take(() => client.put(prefix + objectPath(id), bytes, sums)))
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
  put: (bytes: Uint8Array<ArrayBuffer>, sums: Sums) => Promise<void>,
): ObjectWriter {
  // A server wants to know an object's length first. Of what is not written to, the system gives no
  // memory.
  let held = new Uint8Array(LARGEST_OBJECT);
  let length = 0;
  const sums = createSums();
  // At once: V8 would keep what several writers had before it looks.
  const letGo = () => void (held = new Uint8Array(held.buffer.transfer(0)));
  return {
    write: (bytes) => {
      if (length + bytes.length > held.length) {
        return Promise.reject(new Error(`an object has ${LARGEST_OBJECT} bytes at most`));
      }
      held.set(bytes, length);
      length += bytes.length;
      sums.update(bytes);
      return Promise.resolve();
    },
    finish: async () => {
      try {
        await put(held.subarray(0, length), sums.digest());
      } finally {
        letGo();
      }
    },
    abandon: () => Promise.resolve(letGo()),
  };
}

function createSums() {
  const [md5, sha256] = [createHash("md5"), createHash("sha256")];
  return {
    update: (bytes: Uint8Array): void => {
      md5.update(bytes);
      sha256.update(bytes);
    },
    digest: (): Sums => ({ md5: md5.digest("base64"), sha256: sha256.digest("hex") }),
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
