import { hkdfSync } from "node:crypto";
import type { JWTHeaderParameters } from "jose";

/**
 * A key for each secret, for one use only (RFC 5869). The first one signs, or closes.
 * @param secret at least 32 bytes
 * @param accepted the one before, or the one to come, as long as secrets are being changed
 */
export function deriveKeys(
  use: string,
  secret: string,
  accepted: string | undefined,
): [Key, ...Key[]] {
  const derive = (from: string, what: string, bytes: number) =>
    new Uint8Array(hkdfSync("sha256", from, "parley", what, bytes));
  const keyOf = (from: string): Key => ({
    bytes: derive(from, use, 32),
    // Another output of the same derivation: it says nothing about the key.
    id: derive(from, `${use} key id`, 8).toHex(),
  });
  return accepted === undefined ? [keyOf(secret)] : [keyOf(secret), keyOf(accepted)];
}

export type Key = { readonly bytes: Uint8Array; readonly id: string };

/** What may stand in the header of a token. A key, or the place of one, is not among it. */
const HEADER: ReadonlySet<string> = new Set(["alg", "typ", "kid"]);

/**
 * The key that a token's header names. One that names none is from before keys had names, and was
 * made with the secret that was the only one then.
 * @throws where the header names none of `keys`, or wants anything else
 */
export function keyFor(keys: readonly [Key, ...Key[]], header: JWTHeaderParameters): Uint8Array {
  for (const field of Object.keys(header)) {
    if (!HEADER.has(field)) throw new Error("the token's header asks for what is not offered");
  }
  const key = header.kid === undefined ? keys[0] : keys.find(({ id }) => id === header.kid);
  if (key === undefined) throw new Error("the token names a key that is not known");
  return key.bytes;
}
