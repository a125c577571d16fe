import { type Algorithm, hash, verify } from "@node-rs/argon2";

/** OWASP's minimum for argon2id (RFC 9106): 19 MiB, two passes, one lane. */
const PARAMETERS = {
  algorithm: 2 satisfies Algorithm.Argon2id,
  memoryCost: 19 * 1024,
  timeCost: 2,
  parallelism: 1,
};

/** Hashes on the package's own threads: the event loop goes on. */
export async function hashPassword(password: string): Promise<string> {
  return await hash(password, PARAMETERS);
}

/**
 * Whether `password` belongs to `stored`. Without a stored hash it answers false after the same
 * work, so that the time does not tell whether there is an account.
 */
export async function passwordMatches(
  stored: string | undefined,
  password: string,
): Promise<boolean> {
  if (stored !== undefined) return await verify(stored, password);
  decoy ??= hashPassword("nobody's password");
  await verify(await decoy, password);
  return false;
}

let decoy: Promise<string> | undefined;
