import { Hono } from "hono";
import { AppError } from "../lib/errors.ts";
import { idParam, validate } from "../lib/http/validate.ts";
import { SearchUsers } from "../lib/protocol/requests.ts";
import { readRelatedUser, searchUsers } from "../lib/sql/users.ts";
import type { Env, Gate } from "./context.ts";
import type { SignedIn } from "./signed_in.ts";

export function users({ sql, database: { reads } }: Gate, signedIn: SignedIn) {
  return new Hono<Env>()
    .get("/", signedIn(), validate("query", SearchUsers), async (c) => {
      const { query } = c.req.valid("query");
      const { user } = c.get("access");
      return c.json({ users: await reads.take(() => searchUsers(sql, user, query)) });
    })
    .get("/:id", signedIn(), async (c) => {
      const user = await readRelatedUser(sql, c.get("access").user, idParam(c.req.param("id")));
      if (user === undefined) throw new AppError("not-found", "there is no such person");
      return c.json(user);
    });
}
