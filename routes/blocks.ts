import { Hono } from "hono";
import { AppError } from "../lib/errors.ts";
import { idParam } from "../lib/http/validate.ts";
import type { Id } from "../lib/protocol/model.ts";
import { setBlock } from "../lib/sql/blocks.ts";
import { readRelatedUser } from "../lib/sql/users.ts";
import type { Env, Gate } from "./context.ts";
import type { SignedIn } from "./signed_in.ts";
import { tellRelation } from "./tell.ts";
import { tellContact } from "./tell_contact.ts";

/** Only one's own devices hear of it: the other person is told nothing. */
export function blocks({ sql, bus }: Gate, signedIn: SignedIn) {
  const set = async (user: Id, other: Id, blocked: boolean) => {
    if (other === user) throw new AppError("conflict", "you cannot block yourself");
    if (!await setBlock(sql, user, other, blocked)) {
      throw new AppError("not-found", "there is no such person");
    }
    tellRelation(bus, user, other);
    const related = await readRelatedUser(sql, user, other);
    const back = related?.relation === "contact";
    await tellContact({ sql, bus }, user, back ? "accepted" : "removed", other);
  };

  return new Hono<Env>()
    .put("/:user", signedIn(), async (c) => {
      await set(c.get("access").user, idParam(c.req.param("user")), true);
      return c.body(null, 204);
    })
    .delete("/:user", signedIn(), async (c) => {
      await set(c.get("access").user, idParam(c.req.param("user")), false);
      return c.body(null, 204);
    });
}
