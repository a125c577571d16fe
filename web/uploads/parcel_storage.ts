import { type DBSchema, openDB } from "idb";
import type { Id } from "../../lib/protocol/model.ts";
import { UPLOADS_DATABASE } from "./has_parcels.ts";
import type { ParcelRecord } from "./parcel.ts";

/** Where messages in the making wait, and their files. What was put there survives a reload. */
export interface ParcelStorage {
  load(account: Id): Promise<ParcelRecord[]>;
  read(account: Id, id: Id): Promise<ParcelRecord | undefined>;
  /** With new files, and without those that are not needed any more, all in one. */
  put(parcel: ParcelRecord, files?: ReadonlyMap<Id, Blob>, drop?: readonly Id[]): Promise<void>;
  /** With its files. */
  remove(parcel: ParcelRecord): Promise<void>;
  bytesOf(upload: Id): Promise<Blob | undefined>;
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
  return {
    load: (account) =>
      database.getAll("parcels", IDBKeyRange.bound([account, ""], [account, "\uffff"])),
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
  };
}

/** Keeps them for as long as the page lives: for tests, and where there is no database. */
export function createMemoryParcelStorage(): ParcelStorage {
  const parcels = new Map<Id, ParcelRecord>();
  const stored = new Map<Id, Blob>();
  return {
    load: (account) =>
      Promise.resolve([...parcels.values()].filter((each) => each.account === account)),
    read: (_account, id) => Promise.resolve(parcels.get(id)),
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
  };
}
