import { AppError } from "../lib/errors.ts";

/** The same for a file that somebody may not read, or may no longer, and for one that never was. */
export function noSuchFile(): AppError {
  return new AppError("not-found", "there is no such file, or you may not read it");
}
