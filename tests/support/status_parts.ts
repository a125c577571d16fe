import type { createStatus } from "../../status/service.ts";
import { createFakeClock } from "./clock.ts";
import { createFakeLog } from "./fake_services.ts";
import { createFakeTimers } from "./fake_timers.ts";

type Parts = Parameters<typeof createStatus>[0];

/** What a status service is made of, on time that stands still unless the test brings its own. */
export function statusParts(parts: Pick<Parts, "kv"> & Partial<Parts>): Parts {
  return {
    clock: createFakeClock(),
    timers: createFakeTimers(),
    log: createFakeLog(),
    balance: "least-connections",
    ...parts,
  };
}
