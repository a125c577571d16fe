import { Hono } from "hono";
import { notMember } from "../lib/errors.ts";
import { idParam, validate } from "../lib/http/validate.ts";
import { ListChanges, ListMessages } from "../lib/protocol/requests.ts";
import { readChanges, readHistory } from "../lib/sql/messages.ts";
import type { Env, Gate } from "./context.ts";
import type { SignedIn } from "./signed_in.ts";

/** Mounted below a conversation. */
export function messages({ sql, database: { reads } }: Gate, signedIn: SignedIn) {
  return new Hono<Env>()
    .get("/:id/messages", signedIn(), validate("query", ListMessages), async (c) => {
      const page = c.req.valid("query");
      const conversation = idParam(c.req.param("id"));
      const user = c.get("access").user;
      const history = await reads.take(() => readHistory(sql, { user, conversation, ...page }));
      if (history === undefined) throw notMember();
      return c.json(history);
    })
    .get("/:id/changes", signedIn(), validate("query", ListChanges), async (c) => {
      const page = c.req.valid("query");
      const conversation = idParam(c.req.param("id"));
      const user = c.get("access").user;
      const changes = await reads.take(() => readChanges(sql, { user, conversation, ...page }));
      if (changes === undefined) throw notMember();
      return c.json(changes);
    });
}
