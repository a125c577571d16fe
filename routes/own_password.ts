import { AppError } from "../lib/errors.ts";
import { sessionIsLive } from "../lib/sql/sessions.ts";
import { type OwnCredentials, readOwnCredentials } from "../lib/sql/users.ts";
import type { Access } from "../lib/tokens.ts";
import type { Gate } from "./context.ts";

/**
 * Lets somebody who is signed in show that they know the password: whoever sits down at an open page
 * takes no account over. A wrong one is `credentials`, for `unauthenticated` would end the session;
 * and that it is where the session ended while this waited for its place.
 * @throws AppError `credentials` or `unauthenticated`
 */
export async function requirePassword(
  { sql, passwords }: Pick<Gate, "sql" | "passwords">,
  { user, session }: Access,
  password: string,
): Promise<OwnCredentials> {
  const own = await readOwnCredentials(sql, user, session);
  if (own === undefined) throw ended();
  if (!await passwords.matches(own.passwordHash, password)) {
    throw new AppError("credentials", "this is not the account's password");
  }
  return own;
}

/**
 * Why nothing was changed after all: between the comparison of the password and what it was compared
 * for somebody changed it, or ended the session.
 */
export async function changedMeanwhile(
  { sql }: Pick<Gate, "sql">,
  { session }: Access,
): Promise<AppError> {
  if (!await sessionIsLive(sql, session)) return ended();
  return new AppError("conflict", "the password has just been changed; try again");
}

function ended(): AppError {
  return new AppError("unauthenticated", "this session has ended; sign in again");
}
