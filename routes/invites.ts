import { Hono } from "hono";
import { acceptInvite } from "../lib/sql/accept_invite.ts";
import { previewInvite } from "../lib/sql/invites.ts";
import { hashToken } from "../lib/tokens.ts";
import type { Env, Gate } from "./context.ts";
import type { SignedIn } from "./signed_in.ts";
import { tellGroup } from "./tell_group.ts";
import { introduce, welcome } from "./welcome.ts";

export function invites(gate: Gate, signedIn: SignedIn) {
  const { sql } = gate;
  return new Hono<Env>()
    .get("/:token", signedIn(), async (c) => {
      const { user } = c.get("access");
      return c.json(await previewInvite(sql, user, hashToken(c.req.param("token"))));
    })
    .post("/:token/accept", signedIn(), async (c) => {
      const { user } = c.get("access");
      const accepted = await acceptInvite(sql, user, hashToken(c.req.param("token")));
      if (accepted.kind === "group") {
        if (accepted.news !== undefined) await tellGroup(gate, accepted.news);
        return c.json(accepted.conversation);
      }
      const { other, conversation, change } = accepted;
      const contact = change === undefined
        ? await welcome(gate, user, other, conversation)
        : await introduce(gate, user, other, change);
      return c.json(contact.conversation);
    });
}
