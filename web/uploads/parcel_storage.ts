import { type DBSchema, openDB } from "idb";
import type { Id, Time } from "../../lib/protocol/model.ts";
import { UPLOADS_DATABASE } from "./has_parcels.ts";
import type { ParcelRecord, UploadRecord } from "./parcel.ts";

/** Where messages in the making wait, and their files. What was put there survives a reload. */
export interface ParcelStorage {
  load(account: Id): Promise<ParcelRecord[]>;
  read(account: Id, id: Id): Promise<ParcelRecord | undefined>;
  /** With new files, and without those that are not needed any more, all in one. */
  put(parcel: ParcelRecord, files?: ReadonlyMap<Id, Blob>, drop?: readonly Id[]): Promise<void>;
  /** With its files. */
  remove(parcel: ParcelRecord): Promise<void>;
  bytesOf(upload: Id): Promise<Blob | undefined>;
  /** Nothing that was in this account's files can be read here any more; what was written stays. */
  dropFiles(account: Id): Promise<void>;
  /** What others than this account left before that time, and did not come back for. */
  sweep(account: Id, before: Time): Promise<void>;
}

interface ParcelDatabase extends DBSchema {
  parcels: { key: [account: Id, id: Id]; value: ParcelRecord };
  files: { key: Id; value: Blob };
}

export async function openParcelStorage(): Promise<ParcelStorage> {
  const database = await openDB<ParcelDatabase>(UPLOADS_DATABASE, 1, {
    upgrade(db) {
      db.createObjectStore("parcels", { keyPath: ["account", "id"] });
      db.createObjectStore("files");
    },
    blocking(_current, _blocked, event) {
      // A newer page wants another version of the database and waits for this tab to let go.
      if (event.target instanceof IDBDatabase) event.target.close();
    },
  });
  const of = (account: Id) => IDBKeyRange.bound([account, ""], [account, "\uffff"]);
  return {
    load: (account) => database.getAll("parcels", of(account)),
    read: (account, id) => database.get("parcels", [account, id]),
    async put(parcel, files = new Map(), drop = []) {
      const transaction = database.transaction(["parcels", "files"], "readwrite", {
        durability: "strict",
      });
      const stored = transaction.objectStore("files");
      await Promise.all([
        transaction.objectStore("parcels").put(parcel),
        ...[...files].map(([id, file]) => stored.put(file, id)),
        ...drop.map((id) => stored.delete(id)),
        transaction.done,
      ]);
    },
    async remove({ account, id, uploads }) {
      const transaction = database.transaction(["parcels", "files"], "readwrite");
      const stored = transaction.objectStore("files");
      await Promise.all([
        transaction.objectStore("parcels").delete([account, id]),
        ...uploads.map((upload) => stored.delete(upload.id)),
        transaction.done,
      ]);
    },
    bytesOf: (upload) => database.get("files", upload),
    async dropFiles(account) {
      const transaction = database.transaction(["parcels", "files"], "readwrite");
      const parcels = transaction.objectStore("parcels");
      const stored = transaction.objectStore("files");
      for (const parcel of await parcels.getAll(of(account))) {
        await parcels.put(withoutFiles(parcel));
        for (const { id } of parcel.uploads) await stored.delete(id);
      }
      await transaction.done;
    },
    async sweep(account, before) {
      const transaction = database.transaction(["parcels", "files"], "readwrite");
      const parcels = transaction.objectStore("parcels");
      const stored = transaction.objectStore("files");
      for (const parcel of await parcels.getAll()) {
        if (!isLeftBehind(parcel, account, before)) continue;
        await parcels.delete([parcel.account, parcel.id]);
        for (const { id } of parcel.uploads) await stored.delete(id);
      }
      await transaction.done;
    },
  };
}

/** Keeps them for as long as the page lives: for tests, and where there is no database. */
export function createMemoryParcelStorage(): ParcelStorage {
  const parcels = new Map<Id, ParcelRecord>();
  const stored = new Map<Id, Blob>();
  return {
    load: (account) =>
      Promise.resolve([...parcels.values()].filter((each) => each.account === account)),
    read: (account, id) => {
      const parcel = parcels.get(id);
      return Promise.resolve(parcel?.account === account ? parcel : undefined);
    },
    put: (parcel, files = new Map(), drop = []) => {
      parcels.set(parcel.id, structuredClone(parcel));
      for (const [id, file] of files) stored.set(id, file);
      for (const id of drop) stored.delete(id);
      return Promise.resolve();
    },
    remove: ({ id, uploads }) => {
      parcels.delete(id);
      for (const upload of uploads) stored.delete(upload.id);
      return Promise.resolve();
    },
    bytesOf: (upload) => Promise.resolve(stored.get(upload)),
    dropFiles: (account) => {
      for (const parcel of parcels.values()) {
        if (parcel.account !== account) continue;
        parcels.set(parcel.id, withoutFiles(parcel));
        for (const { id } of parcel.uploads) stored.delete(id);
      }
      return Promise.resolve();
    },
    sweep: (account, before) => {
      for (const parcel of parcels.values()) {
        if (!isLeftBehind(parcel, account, before)) continue;
        parcels.delete(parcel.id);
        for (const { id } of parcel.uploads) stored.delete(id);
      }
      return Promise.resolve();
    },
  };
}

/** As if the browser had had no room for them; not even a small picture is left. */
function withoutFiles(parcel: ParcelRecord): ParcelRecord {
  const bare = ({ thumbnail: _thumbnail, placeholder: _blur, ...upload }: UploadRecord) => ({
    ...upload,
    kept: false,
  });
  return { ...parcel, uploads: parcel.uploads.map(bare) };
}

function isLeftBehind(parcel: ParcelRecord, account: Id, before: Time): boolean {
  return parcel.account !== account && parcel.at < before;
}
