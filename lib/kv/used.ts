/** What works once, below the prefix `used`. */
import { patiently } from "./patiently.ts";

/** Beyond its end, because stores judge that by clocks of their own. */
const KEPT = 24 * 3600 * 1000;

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
    .set(place, true, { expireIn: Math.ceil(lasts) + KEPT });
  return (await patiently(() => change.commit())).ok;
}
