/** The embedded database in this isolate, on a disk whose every write is recorded. */
import { serveEmbedded } from "../../lib/sql/embedded_server.ts";
import { openSession } from "../../lib/sql/embedded_session.ts";
import { type Database, openDatabase } from "../../lib/sql/open.ts";
import { copyTemplate } from "./databases.ts";
import { recordDisk, type RecordedDisk } from "./recorded_disk.ts";

export interface Workplace extends AsyncDisposable {
  /** The folder around the database's. */
  readonly data: string;
  readonly disk: RecordedDisk;
  /** A folder that is not there yet. */
  newFolder(): string;
}

/** @param empty whether there is no database yet */
export async function createWorkplace(empty: boolean): Promise<Workplace> {
  await using cleanup = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "parley-cut-" });
  cleanup.defer(() => Deno.remove(folder, { recursive: true }));
  const data = `${folder}/data`;
  const base = `${folder}/base`;
  for (const path of [data, base]) {
    await Deno.mkdir(path);
    if (!empty) await copyTemplate(path);
  }
  const disk = cleanup.use(recordDisk(data, base));
  let folders = 0;
  const resources = cleanup.move();
  return {
    data,
    disk,
    newFolder: () => `${folder}/${++folders}`,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/**
 * As `openDatabase` does it, but without a worker: what it writes is written by this isolate. When
 * it fails it is gone, as the worker would be.
 */
export async function openHere(
  data: string,
  // It is noticed by what cannot be asked any more.
  onFailure: (reason: string) => void = () => {},
): Promise<Database> {
  await using cleanup = new AsyncDisposableStack();
  const serving = cleanup.use(new AsyncDisposableStack());
  const session = await openSession(`${data}/postgres`, (reason) => {
    onFailure(reason);
    void serving.disposeAsync();
  });
  // One that failed cannot close: its files are left as they are.
  serving.defer(() => session[Symbol.asyncDispose]().catch(() => {}));
  const socketPath = `${data}.sock`;
  serving.use(await serveEmbedded(session, socketPath));
  const database = cleanup.use(await openDatabase({ kind: "socket", path: socketPath }));
  const resources = cleanup.move();
  return { ...database, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}
