import type { FilesConfig } from "../config.ts";
import type { Log } from "../log.ts";
import { realTimers } from "../timers.ts";
import { openDiskStore } from "./disk_store.ts";
import type { ObjectStore } from "./object_store.ts";

/** @throws StartError when no file could be kept there */
export async function openStore(config: FilesConfig, log: Log): Promise<ObjectStore> {
  if (config.kind === "disk") return await openDiskStore(config.directory, log);
  // Most servers keep files on their disk, and have no use for its client.
  const { openS3Store } = await import("./s3_store.ts");
  return await openS3Store(config, log, realTimers);
}
