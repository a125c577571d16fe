import { AppError } from "../lib/errors.ts";
import { type OwnCredentials, readOwnCredentials } from "../lib/sql/users.ts";
import type { Access } from "../lib/tokens.ts";
import type { Gate } from "./context.ts";

/**
 * Lets somebody who is signed in show that they know the password: whoever sits down at an open page
 * takes no account over. A wrong one is `credentials`, for `unauthenticated` would end the session.
 * @throws AppError `credentials`
 */
export async function requirePassword(
  { sql, passwords }: Pick<Gate, "sql" | "passwords">,
  { user, session }: Access,
  password: string,
): Promise<OwnCredentials> {
  const own = await readOwnCredentials(sql, user, session);
  if (!await passwords.matches(own?.passwordHash, password) || own === undefined) {
    throw new AppError("credentials", "this is not the account's password");
  }
  return own;
}

/** Somebody changed the password between its comparison and what it was compared for. */
export function changedMeanwhile(): AppError {
  return new AppError("conflict", "the password has just been changed; try again");
}
