import { openDiskStore } from "../../lib/files/disk_store.ts";
import { openS3Store } from "../../lib/files/s3_store.ts";
import { realTimers } from "../../lib/timers.ts";
import { createFakeLog } from "../support/fake_services.ts";
import { findS3, startS3 } from "../support/s3_server.ts";
import { type OpenedStore, testObjectStoreContract } from "./object_store_contract.ts";

async function openDisk(): Promise<OpenedStore> {
  const directory = await Deno.makeTempDir({ prefix: "parley-files-" });
  return {
    store: await openDiskStore(`${directory}/files`, createFakeLog()),
    [Symbol.asyncDispose]: () => Deno.remove(directory, { recursive: true }),
  };
}

async function openS3(): Promise<OpenedStore> {
  await using cleanup = new AsyncDisposableStack();
  const server = cleanup.use(await startS3());
  const store = cleanup.use(await openS3Store(server.config(), createFakeLog(), realTimers));
  const resources = cleanup.move();
  return { store, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}

testObjectStoreContract("openDiskStore", openDisk);
testObjectStoreContract("openS3Store", openS3, findS3() === undefined);
