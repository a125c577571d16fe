import type { Signal } from "@preact/signals";
import type { Client } from "../../client/client.ts";
import { createLimiter } from "../../client/limiter.ts";
import { realTimers } from "../../client/timers.ts";
import type { ParcelView, Uploads } from "../stores/uploads.ts";
import { hold } from "./hold.ts";
import {
  createMemoryParcelStorage,
  openParcelStorage,
  type ParcelStorage,
} from "./parcel_storage.ts";
import { createReading } from "./reading.ts";
import { createTransfer } from "./transfer.ts";
import { createUploads } from "./uploads.ts";

/** Files that are read at a time, which takes a processor each, and that are sent. */
const AT_ONCE = { reading: 1, sending: 2 };

/** The largest file that the browser keeps a copy of. */
const KEPT_BYTES = 512 * 1024 * 1024;

/** What the page works with. */
export async function openUploads(
  client: Client,
  parcels: Signal<readonly ParcelView[]>,
): Promise<Uploads> {
  const reading = createLimiter(AT_ONCE.reading, realTimers);
  const sending = createLimiter(AT_ONCE.sending, realTimers);
  return createUploads({
    client,
    parcels,
    storage: await openStorage(),
    hold,
    keptBytes: KEPT_BYTES,
    timers: realTimers,
    parts: {
      files: client.files,
      reading: createReading(),
      transfer: createTransfer(client.files),
      inTurn: (step, work) => (step === "reading" ? reading : sending).run(work),
    },
  });
}

/** Some private windows have no IndexedDB; sending must work there all the same. */
async function openStorage(): Promise<ParcelStorage> {
  try {
    return await openParcelStorage();
  } catch {
    return createMemoryParcelStorage();
  }
}
