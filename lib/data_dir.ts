import { messageOf, StartError } from "./errors.ts";

export interface DataDir extends Disposable {
  readonly path: string;
  /** The secret kept in this folder: 256 random bits in hex, made at the first call, mode 600. */
  secret(): Promise<string>;
}

/**
 * Opens the folder that holds everything this server keeps on disk.
 * @param exclusive whether no other server may have it: two on one embedded database would ruin it
 * @throws StartError when it cannot be written, or another server holds it
 */
export async function openDataDir(path: string, exclusive: boolean): Promise<DataDir> {
  let lock: Deno.FsFile;
  try {
    await Deno.mkdir(path, { recursive: true, mode: 0o700 });
    // A folder that was there before: its files are nobody else's either.
    await Deno.chmod(path, 0o700);
    lock = await Deno.open(`${path}/lock`, { create: true, write: true, mode: 0o600 });
  } catch (error) {
    throw new StartError(`the data directory ${path} cannot be written: ${messageOf(error)}`);
  }
  if (!await lock.tryLock(exclusive)) {
    lock.close();
    throw new StartError(`the data directory ${path} is in use by another Parley server`);
  }
  return {
    path,
    secret: () => readOrMakeSecret(`${path}/secret`),
    [Symbol.dispose]: () => lock.close(),
  };
}

async function readOrMakeSecret(path: string): Promise<string> {
  try {
    const secret = (await Deno.readTextFile(path)).trim();
    if (secret.length >= 32) return secret;
    throw new StartError(`${path} holds no secret of 32 bytes or more; restore or remove it`);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  const secret = crypto.getRandomValues(new Uint8Array(32)).toHex();
  const temporary = `${path}.${crypto.randomUUID()}`;
  const file = await Deno.open(temporary, { createNew: true, write: true, mode: 0o600 });
  try {
    await file.write(new TextEncoder().encode(secret + "\n"));
    // A secret that is lost in a power cut signs everyone out: it is on disk before it is used.
    await file.sync();
  } finally {
    file.close();
  }
  try {
    // Unlike a rename this fails where another server has just made one: then that one is right.
    await Deno.link(temporary, path);
    return secret;
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    return await readOrMakeSecret(path);
  } finally {
    await Deno.remove(temporary);
  }
}
