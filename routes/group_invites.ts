import { Hono } from "hono";
import { idParam, validate } from "../lib/http/validate.ts";
import { CreateInvite } from "../lib/protocol/requests.ts";
import { createGroupInvite, revokeGroupInvites } from "../lib/sql/invites.ts";
import type { Env, Gate } from "./context.ts";
import { issueInvite } from "./issue_invite.ts";
import type { SignedIn } from "./signed_in.ts";

/** Mounted below a conversation. */
export function groupInvites({ sql }: Gate, signedIn: SignedIn) {
  return new Hono<Env>()
    .post("/:id/invites", signedIn(), validate("json", CreateInvite), async (c) => {
      const id = idParam(c.req.param("id"));
      const invite = await issueInvite(
        c,
        c.req.valid("json"),
        (invite) => createGroupInvite(sql, id, invite),
      );
      return c.json(invite, 201);
    })
    .delete("/:id/invites", signedIn(), async (c) => {
      await revokeGroupInvites(sql, c.get("access").user, idParam(c.req.param("id")));
      return c.body(null, 204);
    });
}
