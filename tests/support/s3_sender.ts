/**
 * A process that sends as many objects to an S3 server as may be under way, twice, and all at one
 * moment; it says the MiB that this took beyond what it had before.
 */
import { newId } from "../../lib/ids.ts";
import { LARGEST_OBJECT } from "../../lib/files/object_store.ts";
import type { S3Config } from "../../lib/files/s3_client.ts";
import { openS3Store } from "../../lib/files/s3_store.ts";
import { realTimers } from "../../lib/timers.ts";
import { createFakeLog } from "./fake_services.ts";
import { residentOf } from "./memory_watch.ts";

function peak(): number {
  const text = Deno.readTextFileSync("/proc/self/status");
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(text)?.[1]) / 1024;
}

const config: S3Config = JSON.parse(Deno.args[0] ?? "");
await using store = await openS3Store(config, createFakeLog(), realTimers);
const idle = residentOf(Deno.pid);
const chunk = new Uint8Array(LARGEST_OBJECT / 8).fill(7);
for (let round = 0; round < 2; round++) {
  await Promise.all(Array.from({ length: store.atOnce }, async () => {
    const writer = await store.create(newId());
    for (let count = 0; count < 8; count++) await writer.write(chunk);
    await writer.finish();
  }));
}
await Deno.stdout.write(new TextEncoder().encode(String(peak() - idle)));
