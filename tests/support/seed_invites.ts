import type { Id } from "../../lib/protocol/model.ts";
import { createGroupInvite, createPersonalInvite } from "../../lib/sql/invites.ts";
import type { Sql } from "../../lib/sql/open.ts";
import { hashToken, newToken } from "../../lib/tokens.ts";

/** The hash of an invitation to a group or, without one, to become the maker's contact. */
export async function seedInvite(
  sql: Sql,
  invite: { maker: Id; conversation?: Id; maxUses?: number; seconds?: number },
): Promise<string> {
  const { maker, conversation, maxUses, seconds = 3600 } = invite;
  const made = { hash: hashToken(newToken()), maker, seconds, maxUses };
  if (conversation === undefined) await createPersonalInvite(sql, made);
  else await createGroupInvite(sql, conversation, made);
  return made.hash;
}
