import { Hono } from "hono";
import { AppError } from "../lib/errors.ts";
import { idParam } from "../lib/http/validate.ts";
import type { Id } from "../lib/protocol/model.ts";
import { setDisabled } from "../lib/sql/accounts/disable.ts";
import { readMe } from "../lib/sql/users.ts";
import type { Env, Gate } from "./context.ts";
import { tellEnded } from "./ending_sessions.ts";
import type { SignedIn } from "./signed_in.ts";

/** For the service's operators, who are known by their addresses. */
export function disabledAccounts(gate: Gate, signedIn: SignedIn) {
  const { sql, bus, config: { admins } } = gate;

  const set = async (admin: Id, user: Id, disabled: boolean) => {
    const me = await readMe(sql, admin);
    if (me === undefined || !admins.has(me.email)) {
      throw new AppError("forbidden", "only the operators of this service may do that");
    }
    // Or there might be nobody left who could undo it.
    if (user === admin) throw new AppError("conflict", "you cannot disable yourself");
    const ended = await setDisabled(sql, user, disabled);
    if (ended === undefined) throw new AppError("not-found", "there is no such person");
    tellEnded(bus, ended, "account-disabled");
  };

  return new Hono<Env>()
    .put("/:user/disabled", signedIn({ fresh: true }), async (c) => {
      await set(c.get("access").user, idParam(c.req.param("user")), true);
      return c.body(null, 204);
    })
    .delete("/:user/disabled", signedIn({ fresh: true }), async (c) => {
      await set(c.get("access").user, idParam(c.req.param("user")), false);
      return c.body(null, 204);
    });
}
