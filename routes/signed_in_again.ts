import { messageOf } from "../lib/errors.ts";
import { isOutdated } from "../lib/passwords.ts";
import type { Id } from "../lib/protocol/model.ts";
import { replaceHash } from "../lib/sql/accounts/change_password.ts";
import { callOffDeletion } from "../lib/sql/accounts/deletion.ts";
import type { Credentials } from "../lib/sql/users.ts";
import type { Notice } from "../verify/requests.ts";
import type { Gate } from "./context.ts";

type From = { device: string; ip: string };

/**
 * Calls the account's end off where its owner had asked for it and signs in after all. Comes before the
 * session begins: an account with a session is one that stays.
 * @returns what to tell its owner
 */
export async function keepAccount(
  { sql }: Pick<Gate, "sql">,
  { id, leaving }: Credentials,
  from: From,
): Promise<{ owner: Id; notice: Omit<Notice, "language"> } | undefined> {
  const kept = leaving ? await callOffDeletion(sql, id, from) : undefined;
  if (kept === undefined) return undefined;
  const { email: to, displayName: name, at } = kept;
  return { owner: id, notice: { kind: "deletion-called-off", to, name, at, ...from } };
}

/**
 * Hashes the password of somebody who has just signed in by the parameters of today, if it was hashed
 * by others: at no other moment is it known. The answer does not wait for it.
 */
export function renewHash(
  { sql, passwords, log }: Pick<Gate, "sql" | "passwords" | "log">,
  { id, passwordHash: from }: Credentials,
  password: string,
): void {
  if (!isOutdated(from)) return;
  passwords.hash(password)
    .then((to) => replaceHash(sql, id, { from, to }))
    .catch((error) => log.warn("password.not-rehashed", { error: messageOf(error) }));
}
