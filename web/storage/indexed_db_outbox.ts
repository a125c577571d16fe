import { type DBSchema, openDB } from "idb";
import type { OutboxStorage, StoredSend } from "../../client/outbox_storage.ts";
import type { Id } from "../../lib/protocol/model.ts";

interface OutboxDatabase extends DBSchema {
  sends: {
    key: [account: Id, clientId: Id];
    value: StoredSend & { account: Id };
    indexes: { account_order: [account: Id, order: number] };
  };
}

/** Keeps the outbox in the browser, where it survives a reload and a closed window. */
export async function openIndexedDbOutbox(name = "parley"): Promise<OutboxStorage> {
  const database = await openDB<OutboxDatabase>(name, 1, {
    upgrade(db) {
      const sends = db.createObjectStore("sends", { keyPath: ["account", "clientId"] });
      sends.createIndex("account_order", ["account", "order"]);
    },
    blocking(_current, _blocked, event) {
      // A newer page wants another version of the database and waits for this tab to let go.
      if (event.target instanceof IDBDatabase) event.target.close();
    },
  });
  return {
    async load(account) {
      const range = IDBKeyRange.bound([account, -Infinity], [account, Infinity]);
      const stored = await database.getAllFromIndex("sends", "account_order", range);
      return stored.map(({ account: _account, ...send }) => send);
    },
    async put(account, send) {
      // Resolves once the data is on disk, not merely handed to the operating system.
      const transaction = database.transaction("sends", "readwrite", { durability: "strict" });
      await Promise.all([transaction.store.put({ ...send, account }), transaction.done]);
    },
    async remove(account, clientId) {
      await database.delete("sends", [account, clientId]);
    },
  };
}
