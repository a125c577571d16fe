import { Hono } from "hono";
import { validate } from "../lib/http/validate.ts";
import { CreateInvite } from "../lib/protocol/requests.ts";
import { createPersonalInvite, revokePersonalInvites } from "../lib/sql/invites.ts";
import type { Env, Gate } from "./context.ts";
import { issueInvite } from "./issue_invite.ts";
import type { SignedIn } from "./signed_in.ts";

export function personalInvites({ sql }: Gate, signedIn: SignedIn) {
  return new Hono<Env>()
    .post("/", signedIn(), validate("json", CreateInvite), async (c) => {
      const invite = await issueInvite(
        c,
        c.req.valid("json"),
        (invite) => createPersonalInvite(sql, invite),
      );
      return c.json(invite, 201);
    })
    .delete("/", signedIn(), async (c) => {
      await revokePersonalInvites(sql, c.get("access").user);
      return c.body(null, 204);
    });
}
