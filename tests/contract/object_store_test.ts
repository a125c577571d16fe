import { openDiskStore } from "../../lib/files/disk_store.ts";
import { createFakeLog } from "../support/fake_services.ts";
import { type OpenedStore, testObjectStoreContract } from "./object_store_contract.ts";

async function openDisk(): Promise<OpenedStore> {
  const directory = await Deno.makeTempDir({ prefix: "parley-files-" });
  return {
    store: await openDiskStore(`${directory}/files`, createFakeLog()),
    [Symbol.asyncDispose]: () => Deno.remove(directory, { recursive: true }),
  };
}

testObjectStoreContract("openDiskStore", openDisk);
