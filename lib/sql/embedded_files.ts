/**
 * The files of the embedded database: in a folder of this machine, and on its disk when PostgreSQL
 * is told that they are.
 *
 * PGlite's own NodeFS answers every fsync with "done" and does nothing. This one
 *
 * - passes fsync on, of files and of folders, and says so when it fails;
 * - syncs, with a file, its folder, if an entry was made, renamed or removed there since. PostgreSQL
 *   does that itself where it renames, but relies for a new file on the file system's journal;
 * - syncs all that is there before the database is opened: it may have come from a version that did
 *   not sync, from `cp` or from a backup;
 * - makes a new database beside its place and moves it there when it is whole and on disk, so that
 *   none is ever found half made.
 *
 * After one failed sync nothing is written any more. The operating system tells of an error once and
 * forgets what it could not write, so a second fsync would say "done" of something that is lost.
 *
 * Not within reach: fdatasync, which PGlite's runtime answers itself. `embedded_session.ts` chooses
 * fsync for the log.
 */
import fs from "node:fs";
import { basename, dirname, join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { NodeFS } from "@electric-sql/pglite/nodefs";
import { messageOf } from "../errors.ts";

/** What PGlite's runtime (Emscripten) calls, as far as it matters here. */
type Node = { name: string; parent: Node; mount: { opts: { root: string } } };
type Stream = { nfd: number; node: Node };
type Operation<Arguments extends unknown[], Result> = (...values: Arguments) => Result;
type HostFiles = {
  realPath(node: Node): string;
  node_ops: {
    mknod: Operation<[parent: Node, name: string, mode: number, device: number], Node>;
    rename: Operation<[node: Node, folder: Node, name: string], void>;
    symlink: Operation<[parent: Node, name: string, target: string], void>;
    unlink: Operation<[parent: Node, name: string], void>;
    rmdir: Operation<[parent: Node, name: string], void>;
  };
  stream_ops: {
    write: Operation<[Stream, Uint8Array, number, number, number], number>;
    fsync?: Operation<[Stream], number>;
  };
};
type Runtime = {
  NODEFS: HostFiles;
  FS: {
    lookupPath(path: string): { node: Node };
    ErrnoError: new (errno: number) => Error;
  };
};
type Init = NodeFS["init"];

/** EIO among the error numbers of WASI, which the database is compiled for. */
const EIO = 29;

export class SyncedFiles extends NodeFS {
  readonly #place: string;
  #making: boolean;
  #root: { root: string } | undefined;
  /** Folders with entries that may not be on disk. */
  readonly #changed = new Set<string>();
  readonly #onFailure: (reason: string) => void;
  #failure: string | undefined;

  /**
   * @param place the folder of the database, which may not exist yet; the one around it must
   * @param onFailure told once, at once, when the database cannot go on
   */
  constructor(place: string, onFailure: (reason: string) => void) {
    const making = !fs.existsSync(join(place, "PG_VERSION"));
    if (making && fs.existsSync(place) && fs.readdirSync(place).length > 0) {
      throw new Error(`${place} holds files, but no database`);
    }
    const beside = `${place}.new`;
    if (making) {
      // Left by a start that was interrupted.
      fs.rmSync(beside, { recursive: true, force: true });
      fs.mkdirSync(beside, { mode: 0o700 });
    }
    super(making ? beside : place);
    this.#place = place;
    this.#making = making;
    this.#onFailure = onFailure;
  }

  /** Why the database cannot go on; nothing it says from then on is to be believed. */
  get failure(): string | undefined {
    return this.#failure;
  }

  override async init(...[database, options]: Parameters<Init>): ReturnType<Init> {
    const { emscriptenOpts } = await super.init(database, options);
    return {
      emscriptenOpts: {
        ...emscriptenOpts,
        // PGlite goes on after a PANIC; this tells.
        onAbort: (reason: unknown) => this.#fail(`it gave up: ${reason}`),
        onExit: (code: number) => code === 0 || this.#fail(`it ended with ${code}`),
        preRun: [
          ...emscriptenOpts.preRun ?? [],
          (module) => this.#watch(module as unknown as Runtime),
        ],
      },
    };
  }

  /** Called before PGlite looks whether there is a database. */
  override async initialSyncFs(): Promise<void> {
    if (this.#making) return;
    await syncTree(this.#place);
    syncFolder(dirname(this.#place));
  }

  /** Called when a new database has been made, and then after every query. */
  override async syncToFs(): Promise<void> {
    if (!this.#making || this.#root === undefined) return;
    this.#making = false;
    await syncTree(this.#root.root);
    fs.renameSync(this.#root.root, this.#place);
    this.#root.root = this.#place;
    this.#changed.clear();
    syncFolder(dirname(this.#place));
  }

  #watch({ NODEFS: files, FS }: Runtime): void {
    this.#root = FS.lookupPath(PGlite.paths.PGDATA).node.mount.opts;
    const { mknod, rename, symlink, unlink, rmdir } = files.node_ops;
    const changes = (folder: Node) => {
      this.#refuse(FS);
      this.#changed.add(files.realPath(folder));
    };
    files.node_ops.mknod = (parent, ...rest) => {
      changes(parent);
      return mknod(parent, ...rest);
    };
    files.node_ops.rename = (node, folder, name) => {
      changes(node.parent);
      changes(folder);
      rename(node, folder, name);
    };
    files.node_ops.symlink = (parent, ...rest) => {
      changes(parent);
      symlink(parent, ...rest);
    };
    files.node_ops.unlink = (parent, name) => {
      changes(parent);
      unlink(parent, name);
    };
    files.node_ops.rmdir = (parent, name) => {
      changes(parent);
      rmdir(parent, name);
    };
    const { write } = files.stream_ops;
    files.stream_ops.write = (...values) => {
      this.#refuse(FS);
      return write(...values);
    };
    files.stream_ops.fsync = ({ nfd, node }) => {
      if (this.#failure !== undefined) return EIO;
      const path = files.realPath(node);
      try {
        fs.fsyncSync(nfd);
        this.#changed.delete(path);
        const folder = dirname(path);
        if (this.#changed.has(folder)) {
          syncFolder(folder);
          this.#changed.delete(folder);
        }
        return 0;
      } catch (error) {
        this.#fail(`${basename(path)} cannot be synced to disk: ${messageOf(error)}`);
        return EIO;
      }
    };
  }

  #refuse(runtime: Runtime["FS"]): void {
    if (this.#failure !== undefined) throw new runtime.ErrnoError(EIO);
  }

  #fail(reason: string): void {
    if (this.#failure !== undefined) return;
    this.#failure = reason;
    this.#onFailure(reason);
  }
}

/** Syncs in flight at once: a file system writes its journal once for many that wait for it. */
const AT_ONCE = 32;

/** Syncs a folder and everything in it. */
async function syncTree(folder: string): Promise<void> {
  const paths = [...pathsIn(folder)];
  const worker = async () => {
    for (let path = paths.pop(); path !== undefined; path = paths.pop()) {
      const descriptor = fs.openSync(path, "r");
      try {
        await new Promise<void>((resolve, reject) =>
          fs.fsync(descriptor, (error) => error === null ? resolve() : reject(error))
        );
      } finally {
        fs.closeSync(descriptor);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

function* pathsIn(folder: string): Generator<string> {
  yield folder;
  for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* pathsIn(path);
    else if (entry.isFile()) yield path;
  }
}

function syncFolder(path: string): void {
  const descriptor = fs.openSync(path, "r");
  try {
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}
