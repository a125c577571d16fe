import { Hono } from "hono";
import { AppError, notDelivered, notMember } from "../lib/errors.ts";
import type { Id } from "../lib/protocol/model.ts";
import { CreateDirect, ListConversations } from "../lib/protocol/requests.ts";
import {
  listConversations,
  readConversation,
  readCursor,
  readMembers,
} from "../lib/sql/conversations.ts";
import { findDirectConversation } from "../lib/sql/direct_conversations.ts";
import { readRelatedUser } from "../lib/sql/users.ts";
import type { Env, Gate } from "./context.ts";
import type { SignedIn } from "./signed_in.ts";
import { idParam, validate } from "./validate.ts";

export function conversations({ sql }: Gate, signedIn: SignedIn) {
  const read = async (user: Id, id: Id) => {
    const conversation = await readConversation(sql, user, id);
    if (conversation !== undefined) return conversation;
    throw notMember();
  };

  return new Hono<Env>()
    .get("/", signedIn(), validate("query", ListConversations), async (c) => {
      const { limit, before } = c.req.valid("query");
      const cursor = before === undefined ? undefined : readCursor(before);
      if (before !== undefined && cursor === undefined) {
        throw new AppError("invalid", "before is not a `next` of this list", {
          errors: [{ path: "before", message: "must be the `next` of an earlier page" }],
        });
      }
      return c.json(await listConversations(sql, c.get("access").user, { limit, before: cursor }));
    })
    .post("/", signedIn(), validate("json", CreateDirect), async (c) => {
      const { user } = c.get("access");
      const { user: other } = c.req.valid("json");
      if (await readRelatedUser(sql, user, other) === undefined) {
        throw new AppError("not-found", "there is no such person");
      }
      // Becoming contacts made the conversation, so here it is only found: also where the two are
      // contacts no more, for it is in the list all the same.
      const id = await findDirectConversation(sql, user, other);
      if (id === undefined) throw notDelivered();
      return c.json(await read(user, id), 200);
    })
    .get("/:id", signedIn(), async (c) => {
      const conversation = await read(c.get("access").user, idParam(c.req.param("id")));
      return c.json({ ...conversation, members: await readMembers(sql, conversation.id) });
    });
}
