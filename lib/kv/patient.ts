import { messageOf } from "../errors.ts";
import { sleep, type Timers } from "../timers.ts";

/**
 * Milliseconds after which a store that was locked is not tried again. SQLite itself waits 5 s for
 * another process's write, and is not fair: whoever writes much can starve the others for longer.
 */
const TRIED = 8_000;
const PAUSE = 50;

/**
 * `kv`, which asks again where another process had locked the file. Nothing was done then, so that is
 * safe for everything.
 */
export function createPatientKv(kv: Deno.Kv, timers: Timers): Deno.Kv {
  const patiently = async <T>(call: () => Promise<T>): Promise<T> => {
    const end = performance.now() + TRIED;
    while (true) {
      try {
        return await call();
      } catch (error) {
        if (!isLocked(error) || performance.now() >= end) throw error;
        await sleep(timers, PAUSE * (1 + timers.random()));
      }
    }
  };

  const patientCommit = (operation: Deno.AtomicOperation): Deno.AtomicOperation => {
    const patient: Deno.AtomicOperation = new Proxy(operation, {
      get: (target, name) => {
        if (name === "commit") return () => patiently(() => target.commit());
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== "function") return value;
        return (...args: unknown[]) => {
          const result: unknown = value.apply(target, args);
          return result === target ? patient : result;
        };
      },
    });
    return patient;
  };

  return new Proxy(kv, {
    get: (target, name) => {
      switch (name) {
        case "get":
        case "getMany":
        case "set":
        case "delete":
          return (...args: unknown[]) => patiently(() => Reflect.apply(target[name], target, args));
        case "atomic":
          return () => patientCommit(target.atomic());
      }
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** In these words alone: Deno's error has no code. */
function isLocked(error: unknown): boolean {
  return messageOf(error).includes("database is locked");
}
