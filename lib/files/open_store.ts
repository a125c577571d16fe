import type { FilesConfig } from "../config.ts";
import type { Log } from "../log.ts";
import { openDiskStore } from "./disk_store.ts";
import type { ObjectStore } from "./object_store.ts";

/** @throws StartError when no file could be kept there */
export async function openStore(config: FilesConfig, log: Log): Promise<ObjectStore> {
  if (config.kind === "disk") return await openDiskStore(config.directory, log);
  throw new Error("an S3 store is not there yet");
}
