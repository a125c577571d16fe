import { Hono } from "hono";
import { idParam, validate } from "../lib/http/validate.ts";
import { AddMembers, ChangeMember } from "../lib/protocol/requests.ts";
import { addMembers } from "../lib/sql/groups/add_members.ts";
import { changeMember } from "../lib/sql/groups/change_member.ts";
import { removeMember } from "../lib/sql/groups/remove_member.ts";
import type { Env, Gate } from "./context.ts";
import type { SignedIn } from "./signed_in.ts";
import { tellGroup } from "./tell_group.ts";

/** Mounted below a conversation. */
export function members(gate: Gate, signedIn: SignedIn) {
  const { sql, clock } = gate;
  return new Hono<Env>()
    .post("/:id/members", signedIn(), validate("json", AddMembers), async (c) => {
      const { user } = c.get("access");
      const conversation = idParam(c.req.param("id"));
      const { users } = c.req.valid("json");
      const { members, news } = await addMembers(sql, user, conversation, users);
      if (news !== undefined) await tellGroup(gate, news);
      return c.json({ members });
    })
    .patch("/:id/members/:user", signedIn(), validate("json", ChangeMember), async (c) => {
      const { user } = c.get("access");
      const conversation = idParam(c.req.param("id"));
      const target = idParam(c.req.param("user"));
      const { role, silencedUntil } = c.req.valid("json");
      // A time that is over silences nobody.
      const over = typeof silencedUntil === "string" && Date.parse(silencedUntil) <= clock.now();
      const change = { role, silencedUntil: over ? null : silencedUntil };
      const { member, news } = await changeMember(sql, user, conversation, target, change);
      if (news !== undefined) await tellGroup(gate, news);
      return c.json(member);
    })
    .delete("/:id/members/:user", signedIn(), async (c) => {
      const { user } = c.get("access");
      const conversation = idParam(c.req.param("id"));
      const target = idParam(c.req.param("user"));
      await tellGroup(gate, await removeMember(sql, user, conversation, target));
      return c.body(null, 204);
    });
}
