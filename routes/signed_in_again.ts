import type { Context } from "hono";
import { messageOf } from "../lib/errors.ts";
import { isOutdated } from "../lib/passwords.ts";
import { replaceHash } from "../lib/sql/accounts/change_password.ts";
import { callOffDeletion } from "../lib/sql/accounts/deletion.ts";
import type { Credentials } from "../lib/sql/users.ts";
import type { Env, Gate } from "./context.ts";
import { tellOwner } from "./tell_owner.ts";

type From = { device: string; ip: string };

/**
 * Calls the account's end off where its owner had asked for it and signs in after all. Comes before the
 * session begins: an account with a session is one that stays.
 */
export async function keepAccount(
  gate: Gate,
  c: Context<Env>,
  { id, leaving }: Credentials,
  from: From,
): Promise<void> {
  const kept = leaving ? await callOffDeletion(gate.sql, id, from) : undefined;
  if (kept === undefined) return;
  const { email: to, displayName: name, at } = kept;
  await tellOwner(gate, c, id, { kind: "deletion-called-off", to, name, at, ...from });
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
