import { Hono } from "hono";
import type { ContactLists } from "../lib/protocol/model.ts";
import { readContactRequests, readContacts } from "../lib/sql/contacts.ts";
import type { Env, Gate } from "./context.ts";
import type { SignedIn } from "./signed_in.ts";

export function contacts({ sql }: Gate, signedIn: SignedIn) {
  return new Hono<Env>()
    .get("/", signedIn(), async (c) => {
      const { user } = c.get("access");
      const [found, requests] = await Promise.all([
        readContacts(sql, user),
        readContactRequests(sql, user),
      ]);
      const lists: ContactLists = {
        contacts: found,
        incoming: requests.filter((request) => request.to.id === user),
        outgoing: requests.filter((request) => request.from.id === user),
        blocked: [],
      };
      return c.json(lists);
    });
}
