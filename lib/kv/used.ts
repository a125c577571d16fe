/** What works once, below the prefix `used`. */
import { keptFor } from "./kept.ts";
import { patiently } from "./patiently.ts";

/**
 * Whether nobody used it before, of however many who ask at once.
 * @param lasts milliseconds after which it is worth nothing anyway
 */
export async function useOnce(
  kv: Deno.Kv,
  key: readonly string[],
  lasts: number,
): Promise<boolean> {
  const place = ["used", ...key];
  const change = kv.atomic().check({ key: place, versionstamp: null })
    .set(place, true, keptFor(lasts));
  return (await patiently(() => change.commit())).ok;
}
