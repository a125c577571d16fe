import { AsyncLocalStorage } from "node:async_hooks";
import { FAVOURITES } from "./favourite_passwords.ts";

/**
 * In the context of no request: Deno runs whatever comes in after an import in the context that the
 * import was made in, and every request would get the deadline of the first.
 */
const load = AsyncLocalStorage.bind(() => import("@zxcvbn-ts/language-common"));

/**
 * The passwords that people choose most, which is what is tried first. The list is loaded where it is
 * asked for the first time: it takes some 50 ms and 9 MiB, and only the gate asks.
 */
export async function loadCommonPasswords(): Promise<ReadonlySet<string>> {
  const { dictionary } = await load();
  const common = dictionary["passwords-common"].map((each) => each.toLowerCase());
  return new Set([...common, ...FAVOURITES]);
}
