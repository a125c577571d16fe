import { AppError } from "../errors.ts";
import type { Log } from "../log.ts";

/** Makes of what a store met what people are told of it. */
export type StoreFailure = (detail: string, reason: unknown) => AppError;

/** Why it failed is for the operator's log alone: it names folders and servers. */
export function createStoreFailure(log: Log): StoreFailure {
  return (detail, reason) => {
    log.error("files.failed", { reason });
    return new AppError("unavailable", detail, { retryAfter: 5 });
  };
}

export const CANNOT_STORE = "the server cannot store files now; try again later";
export const CANNOT_READ = "the server cannot read this file now; try again later";
