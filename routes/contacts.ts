import { Hono } from "hono";
import { AppError } from "../lib/errors.ts";
import { idParam, validate } from "../lib/http/validate.ts";
import type { ContactLists } from "../lib/protocol/model.ts";
import { ChangeContact } from "../lib/protocol/requests.ts";
import { readBlocked } from "../lib/sql/blocks.ts";
import { readContactRequests } from "../lib/sql/contact_requests.ts";
import { readContacts, renameContact } from "../lib/sql/contacts.ts";
import type { Env, Gate } from "./context.ts";
import { endContact } from "./end_contact.ts";
import type { SignedIn } from "./signed_in.ts";
import { tell } from "./tell.ts";
import { withPresence } from "./with_presence.ts";

export function contacts({ sql, bus, status }: Gate, signedIn: SignedIn) {
  return new Hono<Env>()
    .get("/", signedIn(), async (c) => {
      const { user } = c.get("access");
      const [found, requests, blocked] = await Promise.all([
        readContacts(sql, user),
        readContactRequests(sql, user),
        readBlocked(sql, user),
      ]);
      const lists: ContactLists = {
        contacts: await withPresence(status.presence, found),
        incoming: requests.filter((request) => request.to.id === user),
        outgoing: requests.filter((request) => request.from.id === user),
        blocked,
      };
      return c.json(lists);
    })
    .patch("/:user", signedIn(), validate("json", ChangeContact), async (c) => {
      const { user } = c.get("access");
      const other = idParam(c.req.param("user"));
      const renamed = await renameContact(sql, user, other, c.req.valid("json").alias);
      const rows = renamed ? await readContacts(sql, user, other) : [];
      const [contact] = await withPresence(status.presence, rows);
      if (contact === undefined) throw noSuchContact();
      tell(bus, [user], { type: "contact", change: "accepted", user: contact.user });
      return c.json(contact);
    })
    .delete("/:user", signedIn(), async (c) => {
      const { user } = c.get("access");
      const other = idParam(c.req.param("user"));
      if (!await endContact({ sql, bus }, user, other)) throw noSuchContact();
      return c.body(null, 204);
    });
}

function noSuchContact(): AppError {
  return new AppError("not-found", "there is no such contact");
}
