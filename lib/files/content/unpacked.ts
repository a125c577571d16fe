import { AppError } from "../../errors.ts";

const GIB = 1024 ** 3;
/** Text becomes ten times smaller, and a log twenty times. */
const MOST_TIMES = 100;

/**
 * Much from very little is made to fill somebody's disk.
 * @throws AppError `too-large`
 */
export function checkUnpacked(what: string, unpacked: number, packed: number): void {
  if (unpacked <= GIB || unpacked <= MOST_TIMES * packed) return;
  throw new AppError(
    "too-large",
    `the ${what} has ${packed} bytes and unpacks to ${(unpacked / GIB).toFixed(1)} GiB or more; ` +
      `at most 1 GiB, or ${MOST_TIMES} times its size, is allowed`,
  );
}
