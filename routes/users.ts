import { Hono } from "hono";
import { AppError } from "../lib/errors.ts";
import { idParam, validate } from "../lib/http/validate.ts";
import { SearchUsers } from "../lib/protocol/requests.ts";
import { readRelatedUser, searchUsers } from "../lib/sql/users.ts";
import type { Env, Gate } from "./context.ts";
import type { SignedIn } from "./signed_in.ts";

export function users({ sql }: Gate, signedIn: SignedIn) {
  return new Hono<Env>()
    .get("/", signedIn(), validate("query", SearchUsers), async (c) => {
      const { query } = c.req.valid("query");
      return c.json({ users: await searchUsers(sql, c.get("access").user, query) });
    })
    .get("/:id", signedIn(), async (c) => {
      const user = await readRelatedUser(sql, c.get("access").user, idParam(c.req.param("id")));
      if (user === undefined) throw new AppError("not-found", "there is no such person");
      return c.json(user);
    });
}
