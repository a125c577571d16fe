import { usesBus } from "../config.ts";
import type { Context } from "../context.ts";
import type { Caller } from "../services/caller.ts";
import { readFault } from "../sql/fault.ts";
import type { Dependencies } from "./health.ts";

/**
 * What a process needs to be ready, and what it says of the rest: chat goes on without the key-value
 * store, the bus, the bytes of files and the other services; codes, presence and files do not. Anybody may ask, so the
 * connections that store messages are left alone (`sql/fault_watch.ts` looks at those).
 */
export function dependenciesOf(
  { config, sql, kv, bus, files }: Pick<Context, "config" | "sql" | "kv" | "bus" | "files">,
  callers: ReadonlyMap<string, Caller>,
): Dependencies {
  const talks = usesBus(config);
  return {
    database: { check: () => readFault(sql), needed: talks },
    ...(kv && { kv: { check: () => kv.get(["health"]).then(() => undefined), needed: !talks } }),
    ...(bus && {
      bus: {
        check: () => bus.connected === false ? Promise.reject() : Promise.resolve(undefined),
        needed: false,
      },
    }),
    ...(files && {
      files: { check: () => files.check().then(() => undefined), needed: false },
    }),
    ...Object.fromEntries(
      [...callers].map(([name, { ping }]) => [name, { check: ping, needed: false }]),
    ),
  };
}
