import { Hono } from "hono";
import { notMember } from "../lib/errors.ts";
import { idParam } from "../lib/http/validate.ts";
import { readPins } from "../lib/sql/pins.ts";
import type { Env, Gate } from "./context.ts";
import type { SignedIn } from "./signed_in.ts";

/** Mounted below a conversation. */
export function pins({ sql }: Gate, signedIn: SignedIn) {
  return new Hono<Env>()
    .get("/:id/pins", signedIn(), async (c) => {
      const messages = await readPins(sql, c.get("access").user, idParam(c.req.param("id")));
      if (messages === undefined) throw notMember();
      return c.json({ messages });
    });
}
