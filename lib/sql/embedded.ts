import { StartError } from "../errors.ts";

export interface EmbeddedDatabase extends AsyncDisposable {
  readonly socketPath: string;
}

/** What the worker answers. */
export type WorkerReport = { started: true } | { stopped: true } | { failed: string };

/** Milliseconds that the database has to close its files. Killed, it loses nothing either. */
const STOP_WITHIN = 5_000;

/** Bytes of a Unix socket's address (sun_path), less its final zero. */
const LONGEST_SOCKET_PATH = 107;

/**
 * Starts PostgreSQL (PGlite) with its files below `directory`, in a worker of its own because it
 * blocks its thread while it works. The socket has no password: the folder's mode is its guard.
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
  // Left by a server that was killed; the folder's lock says that nobody is behind it.
  await Deno.remove(socketPath).catch(() => {});

  const worker = new Worker(new URL("./embedded_worker.ts", import.meta.url), { type: "module" });
  await using cleanup = new AsyncDisposableStack();
  cleanup.defer(() => worker.terminate());
  const started = nextReport(worker);
  worker.postMessage({ start: { dataDirectory: `${directory}/postgres`, socketPath } });
  const report = await started;
  if ("failed" in report) {
    throw new StartError(`the embedded database in ${directory} did not start: ${report.failed}`);
  }
  cleanup.defer(async () => {
    const stopped = nextReport(worker);
    worker.postMessage({ stop: true });
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, STOP_WITHIN);
    await Promise.race([stopped, late]);
    clearTimeout(timer);
  });
  // From now on nobody waits for a report: a failure must be heard all the same.
  worker.onerror = (event) => {
    event.preventDefault();
    reportError(new Error(`the embedded database failed: ${event.message}`));
  };
  const resources = cleanup.move();
  return { socketPath, [Symbol.asyncDispose]: () => resources.disposeAsync() };
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
