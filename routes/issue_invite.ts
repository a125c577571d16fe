import type { Context } from "hono";
import type { Invite, Time } from "../lib/protocol/model.ts";
import type { NewInvite } from "../lib/sql/invites.ts";
import { hashToken, newToken } from "../lib/tokens.ts";
import type { Env } from "./context.ts";
import { originAskedAt } from "./origin.ts";

/** Makes a token, has it stored by its hash, and shows it for the only time. */
export async function issueInvite(
  c: Context<Env>,
  { expiresIn, maxUses }: { expiresIn: number; maxUses?: number | undefined },
  store: (invite: NewInvite) => Promise<Time>,
): Promise<Invite> {
  const token = newToken();
  const expiresAt = await store({
    hash: hashToken(token),
    maker: c.get("access").user,
    seconds: expiresIn,
    maxUses,
  });
  // In the fragment, which browsers keep to themselves: no server's log ever has it.
  const url = `${originAskedAt(c.req.url, c.req.header("origin"))}/#/join/${token}`;
  return { token, url, expiresAt };
}
