import { messageOf, StartError } from "../errors.ts";

/**
 * Opens the key-value store, which holds only what can be rebuilt.
 * @param path a file's path, or `:memory:`
 * @throws StartError when it cannot be opened
 */
export async function openKv(path: string): Promise<Deno.Kv> {
  try {
    const kv = await Deno.openKv(path);
    if (path !== ":memory:") await Deno.chmod(path, 0o600);
    return kv;
  } catch (error) {
    throw new StartError(`cannot open the key-value store ${path}: ${messageOf(error)}`);
  }
}
