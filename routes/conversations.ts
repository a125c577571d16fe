import { Hono } from "hono";
import { AppError, notDelivered, notMember } from "../lib/errors.ts";
import { idParam, validate } from "../lib/http/validate.ts";
import type { Id } from "../lib/protocol/model.ts";
import {
  ChangeConversation,
  CreateConversation,
  ListConversations,
  ReadConversation,
} from "../lib/protocol/requests.ts";
import {
  listConversations,
  readConversation,
  readCursor,
  readMembers,
} from "../lib/sql/conversations.ts";
import { changeGroup } from "../lib/sql/groups/change_group.ts";
import { createGroup } from "../lib/sql/groups/create_group.ts";
import { findDirectConversation } from "../lib/sql/direct_conversations.ts";
import { readRelatedUser } from "../lib/sql/users.ts";
import type { Env, Gate } from "./context.ts";
import type { SignedIn } from "./signed_in.ts";
import { tellGroup } from "./tell_group.ts";

export function conversations(gate: Gate, signedIn: SignedIn) {
  const { sql, database: { reads } } = gate;
  const read = async (user: Id, id: Id) => {
    const conversation = await readConversation(sql, user, id);
    if (conversation !== undefined) return conversation;
    throw notMember();
  };

  /**
   * Becoming contacts made the conversation, so here it is only found: also where the two are
   * contacts no more, for it is in the list all the same.
   */
  const openDirect = async (user: Id, other: Id) => {
    if (await readRelatedUser(sql, user, other) === undefined) {
      throw new AppError("not-found", "there is no such person");
    }
    const id = await findDirectConversation(sql, user, other);
    if (id === undefined) throw notDelivered();
    return await read(user, id);
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
      const { user } = c.get("access");
      const list = () => listConversations(sql, user, { limit, before: cursor });
      return c.json(await reads.take(list));
    })
    .post("/", signedIn(), validate("json", CreateConversation), async (c) => {
      const { user } = c.get("access");
      const wanted = c.req.valid("json");
      if (wanted.kind === "direct") return c.json(await openDirect(user, wanted.user), 200);
      const { conversation, news } = await createGroup(sql, user, wanted);
      if (news === undefined) return c.json(conversation, 200);
      await tellGroup(gate, news);
      return c.json(conversation, 201);
    })
    .get("/:id", signedIn(), validate("query", ReadConversation), async (c) => {
      const conversation = await read(c.get("access").user, idParam(c.req.param("id")));
      if (c.req.valid("query").members === "false") return c.json(conversation);
      return c.json({
        ...conversation,
        members: await reads.take(() => readMembers(sql, conversation.id)),
      });
    })
    .patch("/:id", signedIn(), validate("json", ChangeConversation), async (c) => {
      const { user } = c.get("access");
      const id = idParam(c.req.param("id"));
      const { conversation, news } = await changeGroup(sql, user, id, c.req.valid("json"));
      if (news !== undefined) await tellGroup(gate, news);
      return c.json(conversation);
    });
}
