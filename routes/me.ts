import { Hono } from "hono";
import { AppError } from "../lib/errors.ts";
import { readMe } from "../lib/sql/users.ts";
import type { Env, Gate } from "./context.ts";
import type { SignedIn } from "./signed_in.ts";

export function me({ sql }: Gate, signedIn: SignedIn) {
  return new Hono<Env>()
    .get("/", signedIn(), async (c) => {
      const user = await readMe(sql, c.get("access").user);
      if (user === undefined) {
        throw new AppError("unauthenticated", "this account no longer exists");
      }
      return c.json(user);
    });
}
