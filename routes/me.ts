import { Hono } from "hono";
import { AppError } from "../lib/errors.ts";
import { validate } from "../lib/http/validate.ts";
import type { Me } from "../lib/protocol/model.ts";
import { ChangeMe } from "../lib/protocol/requests.ts";
import { readUsed } from "../lib/sql/files/quota.ts";
import { readMe, updateMe } from "../lib/sql/users.ts";
import type { Env, Gate } from "./context.ts";
import type { SignedIn } from "./signed_in.ts";

export function me({ config, sql }: Gate, signedIn: SignedIn) {
  return new Hono<Env>()
    .get("/", signedIn(), async (c) => {
      return c.json(existing(await readMe(sql, c.get("access").user)));
    })
    .get("/storage", signedIn(), async (c) => {
      return c.json({ used: await readUsed(sql, c.get("access").user), quota: config.quota });
    })
    .patch("/", signedIn(), validate("json", ChangeMe), async (c) => {
      return c.json(existing(await updateMe(sql, c.get("access").user, c.req.valid("json"))));
    });
}

function existing(user: Me | undefined): Me {
  if (user !== undefined) return user;
  throw new AppError("unauthenticated", "this account no longer exists");
}
