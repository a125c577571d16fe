/**
 * A disk that remembers in which order it was written and synced, and can so be shown as a power cut
 * might have left it at any moment.
 *
 * It listens where the database's files leave the process: at `node:fs`, in this isolate, below one
 * folder. What a cut leaves follows POSIX to the letter, not the kindness of one file system:
 *
 * - Of what was written to a file since its last sync any part may be missing, in any order, and a
 *   single write may be torn at any sector.
 * - A file's name is kept by a sync of its folder, and by nothing else. Of the entries made, renamed
 *   and removed since, the later ones may be missing.
 */
import assert from "node:assert/strict";
import fs from "node:fs";
import { join } from "node:path";

const SECTOR = 512;

type Write = { at: number; data: Uint8Array } | { size: number };
type File = { origin: string | undefined; settled: Write[]; loose: Write[] };
type Entries = Map<string, number>;
/** What one call changes in a folder, all of it or nothing. */
type EntryChange = (entries: Entries) => void;
type Folder = { entries: Entries; settled: Entries; loose: EntryChange[] };

export type DiskEvent =
  | { kind: "create"; folder: number; name: string; id: number; what: "file" | "folder" }
  | { kind: "rename"; folder: number; name: string; to: number; toName: string }
  | { kind: "remove"; folder: number; name: string }
  | { kind: "write"; id: number; at: number; data: Uint8Array }
  | { kind: "truncate"; id: number; size: number }
  | { kind: "sync"; id: number; path: string }
  /** Something that the test wants to find in its place among the others. */
  | { kind: "mark"; mark: unknown };

/** The files and folders below one folder, as a process sees them and as the disk holds them. */
class Tree {
  static readonly ROOT = 0;
  readonly files = new Map<number, File>();
  readonly folders = new Map<number, Folder>();
  #next = Tree.ROOT;

  /** @param base holds the state at the beginning, all of it on disk */
  constructor(base: string) {
    this.#read(base);
  }

  #read(path: string): number {
    const id = this.#next++;
    const entries: Entries = new Map();
    this.folders.set(id, { entries, settled: new Map(), loose: [] });
    for (const { name, isDirectory } of [...Deno.readDirSync(path)].sort(byName)) {
      if (isDirectory) entries.set(name, this.#read(join(path, name)));
      else {
        this.files.set(this.#next, { origin: join(path, name), settled: [], loose: [] });
        entries.set(name, this.#next++);
      }
    }
    this.folders.set(id, { entries, settled: new Map(entries), loose: [] });
    return id;
  }

  get nextId(): number {
    return this.#next;
  }

  folder(id: number): Folder {
    const folder = this.folders.get(id);
    assert.ok(folder, `a folder ${id}`);
    return folder;
  }

  file(id: number): File {
    const file = this.files.get(id);
    assert.ok(file, `a file ${id}`);
    return file;
  }

  apply(event: DiskEvent): void {
    switch (event.kind) {
      case "create":
        this.#next = Math.max(this.#next, event.id + 1);
        if (event.what === "file") {
          this.files.set(event.id, { origin: undefined, settled: [], loose: [] });
        } else this.folders.set(event.id, { entries: new Map(), settled: new Map(), loose: [] });
        return this.#change(event.folder, (entries) => entries.set(event.name, event.id));
      case "rename": {
        const id = this.folder(event.folder).entries.get(event.name);
        assert.ok(id !== undefined, `${event.name} is there to be renamed`);
        // One folder or two: an entry that moves is not a thing of both at once.
        if (event.folder === event.to) {
          return this.#change(event.folder, (entries) => {
            entries.delete(event.name);
            entries.set(event.toName, id);
          });
        }
        this.#change(event.folder, (entries) => entries.delete(event.name));
        return this.#change(event.to, (entries) => entries.set(event.toName, id));
      }
      case "remove":
        return this.#change(event.folder, (entries) => entries.delete(event.name));
      case "write":
        return void this.file(event.id).loose.push({ at: event.at, data: event.data });
      case "truncate":
        return void this.file(event.id).loose.push({ size: event.size });
      case "sync": {
        const file = this.files.get(event.id);
        if (file === undefined) {
          const folder = this.folder(event.id);
          folder.settled = new Map(folder.entries);
          folder.loose = [];
        } else {
          file.settled.push(...file.loose);
          file.loose = [];
        }
        return;
      }
      case "mark":
        return;
    }
  }

  #change(id: number, change: EntryChange): void {
    const folder = this.folder(id);
    change(folder.entries);
    folder.loose.push(change);
  }

  /** Writes to `path` what may be left of folder `id`. */
  write(path: string, leave: Leave, id = Tree.ROOT): void {
    Deno.mkdirSync(path, { recursive: true, mode: 0o700 });
    const folder = this.folder(id);
    const entries = new Map(folder.settled);
    for (const change of leave.entries(folder.loose)) change(entries);
    for (const [name, child] of entries) {
      const target = join(path, name);
      const file = this.files.get(child);
      if (file === undefined) this.write(target, leave, child);
      else writeFile(target, file.origin, [...file.settled, ...leave.writes(file.loose)]);
    }
  }
}

function byName(one: { name: string }, other: { name: string }): number {
  return one.name < other.name ? -1 : 1;
}

function writeFile(path: string, origin: string | undefined, writes: readonly Write[]): void {
  if (origin === undefined) Deno.writeFileSync(path, new Uint8Array());
  else Deno.copyFileSync(origin, path);
  if (writes.length === 0) return;
  using file = Deno.openSync(path, { write: true });
  for (const write of writes) {
    if ("size" in write) file.truncateSync(write.size);
    else {
      file.seekSync(write.at, Deno.SeekMode.Start);
      for (let done = 0; done < write.data.length;) {
        done += file.writeSync(write.data.subarray(done));
      }
    }
  }
}

/** What a power cut leaves of what was not synced. */
export type Leave = {
  entries(loose: readonly EntryChange[]): readonly EntryChange[];
  writes(loose: readonly Write[]): readonly Write[];
};

/** The worst that is usual: nothing that was not synced got to the disk. */
export const leaveNothing: Leave = { entries: () => [], writes: () => [] };

/** Some of it got there, and some of that in part. */
export function leaveSome(random: () => number): Leave {
  return {
    entries: (loose) => loose.slice(0, Math.floor(random() * (loose.length + 1))),
    writes: (loose) => {
      const share = random();
      return loose.filter(() => random() < share).map((write) => {
        if ("size" in write || random() < 0.7) return write;
        const sectors = Math.floor(random() * (write.data.length / SECTOR));
        return { at: write.at, data: write.data.subarray(0, sectors * SECTOR) };
      });
    },
  };
}

export interface RecordedDisk extends Disposable {
  readonly events: readonly DiskEvent[];
  mark(mark: unknown): void;
  /** From now on the disk refuses to sync paths for which this says so. */
  refuse(holds: (path: string) => boolean): void;
  /** Paths that were there at the beginning and that nobody has synced. */
  unsynced(): string[];
  /** Makes `path` a copy of the disk as a power cut after `count` events may leave it. */
  cut(path: string, count: number, leave: Leave): void;
}

/** The calls that PGlite and `embedded_files.ts` use; another one that writes ends the test. */
const KNOWN = [
  ..."openSync closeSync readSync writeSync fsyncSync ftruncateSync truncateSync".split(" "),
  ..."renameSync unlinkSync rmdirSync rmSync mkdirSync writeFileSync".split(" "),
  ..."existsSync lstatSync fstatSync statSync readdirSync readlinkSync statfsSync".split(" "),
  // Modes and times are not looked at after a cut.
  ..."chmodSync fchmodSync utimesSync futimesSync lutimesSync accessSync".split(" "),
];

/**
 * Records what this isolate does below `root`, which nothing has opened yet.
 * @param base a copy of `root` as it is now, which stays as it is
 */
export function recordDisk(root: string, base: string): RecordedDisk {
  const events: DiskEvent[] = [];
  const tree = new Tree(base);
  const atStart = new Set([...tree.files.keys(), ...tree.folders.keys()]);
  const open = new Map<number, { id: number; path: string }>();
  let refused = (_path: string) => false;
  let problem: unknown;

  const note = (event: DiskEvent) => {
    tree.apply(event);
    events.push(event);
  };
  const inside = (path: unknown): path is string =>
    typeof path === "string" && (path === root || path.startsWith(`${root}/`));
  const find = (path: string): number | undefined => {
    let id: number | undefined = Tree.ROOT;
    for (const name of path.slice(root.length + 1).split("/").filter((part) => part !== "")) {
      id = id === undefined ? undefined : tree.folders.get(id)?.entries.get(name);
    }
    return id;
  };
  const place = (path: string): { folder: number; name: string } => {
    const cut = path.lastIndexOf("/");
    const folder = find(path.slice(0, cut));
    assert.ok(folder !== undefined, `the folder of ${path}`);
    return { folder, name: path.slice(cut + 1) };
  };
  const create = (path: string, what: "file" | "folder") => {
    if (find(path) === undefined) {
      note({ kind: "create", ...place(path), id: tree.nextId, what });
    }
  };

  // Seen from here these are functions like any others; each keeps its own checks.
  const calls = fs as unknown as Record<string, (...values: unknown[]) => unknown>;
  const originals = new Map<string, (...values: unknown[]) => unknown>();
  const after = (
    name: string,
    record: (values: readonly unknown[], result: unknown) => void,
    before: (values: readonly unknown[]) => void = () => {},
  ) => {
    const original = originals.get(name) ?? calls[name];
    assert.ok(original, name);
    originals.set(name, original);
    calls[name] = (...values) => {
      before(values);
      const result = original(...values);
      try {
        record(values, result);
      } catch (error) {
        // The database would take it for trouble with its disk.
        problem ??= error;
      }
      return result;
    };
  };

  for (const name of Object.keys(calls)) {
    if (!name.endsWith("Sync") || KNOWN.includes(name) || typeof calls[name] !== "function") {
      continue;
    }
    after(name, (values) => {
      const ours = values.some((value) => inside(value) || open.has(value as number));
      assert.ok(!ours, `${name} is not recorded`);
    });
  }
  after("openSync", ([path, flags], descriptor) => {
    if (!inside(path)) return;
    assert.ok(flags === "r" || typeof flags === "number", `the flags ${flags} are known`);
    // O_CREAT may be among them, but then PGlite has made the file before.
    assert.equal(typeof flags === "number" ? flags & fs.constants.O_TRUNC : 0, 0);
    const id = find(path);
    assert.ok(id !== undefined, `${path} was seen being made`);
    open.set(descriptor as number, { id, path });
  });
  after("closeSync", ([descriptor]) => void open.delete(descriptor as number));
  after("writeSync", ([descriptor, buffer, offset, length, position], written) => {
    const file = open.get(descriptor as number);
    if (file === undefined) return;
    assert.ok(buffer instanceof Uint8Array || buffer instanceof Int8Array);
    assert.ok(typeof position === "number" && typeof offset === "number", "where it is written");
    assert.ok(typeof length === "number" && typeof written === "number");
    const data = new Uint8Array(buffer.slice(offset, offset + written));
    note({ kind: "write", id: file.id, at: position, data });
  });
  after("ftruncateSync", ([descriptor, size]) => {
    const file = open.get(descriptor as number);
    if (file !== undefined) note({ kind: "truncate", id: file.id, size: Number(size ?? 0) });
  });
  after("truncateSync", ([path, size]) => {
    const id = inside(path) ? find(path) : undefined;
    if (id !== undefined) note({ kind: "truncate", id, size: Number(size ?? 0) });
  });
  after("fsyncSync", ([descriptor]) => {
    const file = open.get(descriptor as number);
    if (file !== undefined) note({ kind: "sync", ...file });
  }, ([descriptor]) => {
    const file = open.get(descriptor as number);
    if (file !== undefined && refused(file.path)) {
      throw Object.assign(new Error("EIO: i/o error, fsync"), { code: "EIO" });
    }
  });
  const fsync = calls.fsync;
  assert.ok(fsync);
  originals.set("fsync", fsync);
  calls.fsync = (descriptor, callback) => {
    const file = open.get(descriptor as number);
    return fsync(descriptor, (error: Error | null) => {
      if (error === null && file !== undefined) note({ kind: "sync", ...file });
      (callback as (error: Error | null) => void)(error);
    });
  };
  after("writeFileSync", ([path, data]) => {
    if (!inside(path)) return;
    assert.equal(data, "", "files are made empty");
    create(path, "file");
  });
  after("mkdirSync", ([path]) => inside(path) && create(path, "folder"));
  after("rmSync", ([path]) => {
    assert.ok(!inside(path) || find(path) === undefined, "rmSync found nothing to remove");
  });
  for (const name of ["unlinkSync", "rmdirSync"]) {
    after(name, ([path]) => inside(path) && note({ kind: "remove", ...place(path) }));
  }
  after("renameSync", ([from, to]) => {
    if (!inside(from) || !inside(to)) return;
    const { folder, name } = place(to);
    note({ kind: "rename", ...place(from), to: folder, toName: name });
  });

  return {
    events,
    mark: (mark) => note({ kind: "mark", mark }),
    refuse: (holds) => void (refused = holds),
    unsynced: () => {
      const synced = new Set(events.map((event) => event.kind === "sync" ? event.id : -1));
      const paths: string[] = [];
      const walk = (folder: number, path: string) => {
        if (atStart.has(folder) && !synced.has(folder)) paths.push(path);
        for (const [name, id] of tree.folder(folder).entries) {
          if (tree.folders.has(id)) walk(id, join(path, name));
          else if (atStart.has(id) && !synced.has(id)) paths.push(join(path, name));
        }
      };
      walk(Tree.ROOT, root);
      return paths;
    },
    cut: (path, count, leave) => {
      const then = new Tree(base);
      for (const event of events.slice(0, count)) then.apply(event);
      then.write(path, leave);
    },
    [Symbol.dispose]: () => {
      for (const [name, original] of originals) calls[name] = original;
      if (problem !== undefined) throw problem;
    },
  };
}
