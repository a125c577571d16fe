import { messageOf, StartError } from "../errors.ts";

export interface EmbeddedDatabase extends AsyncDisposable {
  readonly socketPath: string;
}

/** What the worker answers. */
export type WorkerReport = { started: true } | { stopped: true } | { failed: string };

/** Milliseconds that the database has to close its files. Killed, it loses nothing either. */
const STOP_WITHIN = 5_000;

/** Milliseconds between two tries to start a database that failed. */
const RESTART_EVERY = 2_000;

/** Bytes of a Unix socket's address (sun_path), less its final zero. */
const LONGEST_SOCKET_PATH = 107;

/**
 * Starts PostgreSQL (PGlite) with its files below `directory`, in a worker of its own because it
 * blocks its thread while it works. The socket has no password: the folder's mode is its guard.
 *
 * When the disk refuses a write or a sync, the database stops at once and is started again, as
 * PostgreSQL restarts after a PANIC: what it holds in memory is no longer to be trusted, what it
 * wrote to its log is. Meanwhile its connections break, and whoever waited for a commit asks again.
 * @throws StartError when it cannot start
 */
export async function startEmbedded(directory: string): Promise<EmbeddedDatabase> {
  const socketDirectory = `${directory}/socket`;
  const socketPath = `${socketDirectory}/.s.PGSQL.5432`;
  if (new TextEncoder().encode(socketPath).length > LONGEST_SOCKET_PATH) {
    throw new StartError(
      `PARLEY_DATA_DIR=${directory} is too long: the embedded database's socket ${socketPath} ` +
        `may have at most ${LONGEST_SOCKET_PATH} bytes`,
    );
  }
  await Deno.mkdir(socketDirectory, { recursive: true, mode: 0o700 });
  await Deno.chmod(socketDirectory, 0o700);

  const order = { dataDirectory: `${directory}/postgres`, socketPath };
  let stopping = false;
  let restarting: Promise<void> | undefined;
  let worker: Worker;
  const onFailure = (reason: string) => {
    if (!stopping) restarting ??= restart(reason).finally(() => restarting = undefined);
  };
  const restart = async (reason: string) => {
    reportError(new Error(`the embedded database failed and is started again: ${reason}`));
    worker.terminate();
    while (!stopping) {
      try {
        worker = await startWorker(order, onFailure);
        return;
      } catch (error) {
        reportError(new Error(`the embedded database did not start: ${messageOf(error)}`));
        await new Promise((resolve) => setTimeout(resolve, RESTART_EVERY));
      }
    }
  };

  try {
    worker = await startWorker(order, onFailure);
  } catch (error) {
    throw new StartError(
      `the embedded database in ${directory} did not start: ${messageOf(error)}`,
    );
  }
  return {
    socketPath,
    [Symbol.asyncDispose]: async () => {
      stopping = true;
      await restarting;
      await stopWorker(worker);
    },
  };
}

/** @param onFailure told when the database fails after it has started */
async function startWorker(
  order: { dataDirectory: string; socketPath: string },
  onFailure: (reason: string) => void,
): Promise<Worker> {
  // Left by a server that was killed; the folder's lock says that nobody is behind it.
  await Deno.remove(order.socketPath).catch(() => {});
  const worker = new Worker(new URL("./embedded_worker.ts", import.meta.url), { type: "module" });
  const report = nextReport(worker);
  worker.postMessage({ start: order });
  const answer = await report;
  if ("failed" in answer) {
    worker.terminate();
    throw new Error(answer.failed);
  }
  void nextReport(worker).then((late) => "failed" in late && onFailure(late.failed));
  return worker;
}

async function stopWorker(worker: Worker): Promise<void> {
  const stopped = nextReport(worker);
  worker.postMessage({ stop: true });
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, STOP_WITHIN);
  await Promise.race([stopped, late]);
  clearTimeout(timer);
  worker.terminate();
}

function nextReport(worker: Worker): Promise<WorkerReport> {
  const { promise, resolve } = Promise.withResolvers<WorkerReport>();
  worker.onmessage = (event: MessageEvent<WorkerReport>) => resolve(event.data);
  worker.onerror = (event) => {
    event.preventDefault();
    resolve({ failed: event.message });
  };
  return promise;
}
