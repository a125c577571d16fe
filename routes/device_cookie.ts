/**
 * Tells a device that an account was signed in from before from a stranger's, by a cookie (OWASP's
 * "device cookie"): who guesses passwords elsewhere takes nothing from it. It opens nothing by itself,
 * and a stolen one is good for the few guesses that its bucket has.
 */
import type { Context } from "hono";
import { newId } from "../lib/ids.ts";
import type { Id } from "../lib/protocol/model.ts";
import { equalSecrets } from "../lib/tokens.ts";
import type { Env, Gate } from "./context.ts";
import { readCookie, writeCookie } from "./own_cookie.ts";

const NAME = "parley-device";
/** Seconds: as long as browsers keep a cookie at most. */
const LIFETIME = 400 * 24 * 3600;

export type KnownDevice = { device: Id; user: Id };

export function readDevice({ tokens }: Pick<Gate, "tokens">, c: Context<Env>) {
  const [device = "", user = "", mac = ""] = readCookie(c, NAME)?.split(".") ?? [];
  // Also by the secret of before, as long as that counts.
  const macs = tokens.keyedHashes("device cookie", [device, user]);
  return macs.some((each) => equalSecrets(mac, each)) ? { device, user } : undefined;
}

/** The same device keeps its name, and with that its bucket. */
export function writeDevice({ tokens }: Pick<Gate, "tokens">, c: Context<Env>, user: Id): void {
  const known = readDevice({ tokens }, c);
  const device = known?.user === user ? known.device : newId();
  const value = `${device}.${user}.${tokens.keyedHash("device cookie", [device, user])}`;
  writeCookie(c, NAME, value, LIFETIME);
}
