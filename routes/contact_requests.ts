import { Hono } from "hono";
import { AppError, notDelivered } from "../lib/errors.ts";
import { idParam, validate } from "../lib/http/validate.ts";
import { AcceptContactRequest, CreateContactRequest } from "../lib/protocol/requests.ts";
import {
  acceptContactRequest,
  declineContactRequest,
  readContactRequests,
  requestContact,
  withdrawContactRequest,
} from "../lib/sql/contact_requests.ts";
import { readContacts } from "../lib/sql/contacts.ts";
import type { Env, Gate } from "./context.ts";
import type { SignedIn } from "./signed_in.ts";
import { tell } from "./tell.ts";
import { tellOther } from "./tell_contact.ts";
import { introduce, welcome } from "./welcome.ts";

export function contactRequests(gate: Gate, signedIn: SignedIn) {
  const { sql, bus } = gate;
  return new Hono<Env>()
    .post("/", signedIn(), validate("json", CreateContactRequest), async (c) => {
      const { user } = c.get("access");
      const { user: other, greeting } = c.req.valid("json");
      if (other === user) throw new AppError("conflict", "you cannot be your own contact");
      const outcome = await requestContact(sql, user, other, greeting ?? "");
      switch (outcome.outcome) {
        case "no-such-user":
          throw new AppError("not-found", "there is no such person");
        case "already-contacts":
          throw new AppError("conflict", "you are contacts already");
        case "blocking":
          throw new AppError("conflict", "you block this person: unblock them first");
        case "not-delivered":
          throw notDelivered();
        case "too-many":
          throw new AppError("conflict", "too many of your requests are not answered yet");
        case "accepted":
          return c.json(await introduce(gate, user, other, outcome.change), 200);
        case "requested": {
          const [request] = await readContactRequests(sql, user, outcome.request);
          if (request === undefined) {
            // The other person asked at the same moment, and has answered this one by that.
            const [contact] = await readContacts(sql, user, other);
            if (contact === undefined) throw new AppError("gone", "the request was declined");
            return c.json(await welcome(gate, user, other, contact.conversation), 200);
          }
          // Asking the same again would ring the other's devices as often as one likes.
          if (!outcome.news) return c.json(request, 201);
          const frame = { type: "contact", change: "requested", request } as const;
          tell(bus, [user], { ...frame, user: request.to });
          await tellOther(gate, other, user, { ...frame, user: request.from });
          return c.json(request, 201);
        }
      }
    })
    .post("/:id/accept", signedIn(), validate("json", AcceptContactRequest), async (c) => {
      const { user } = c.get("access");
      const { alias } = c.req.valid("json");
      const accepted = await acceptContactRequest(
        sql,
        user,
        idParam(c.req.param("id")),
        alias ?? "",
      );
      switch (accepted.outcome) {
        case "no-such-request":
          throw noSuchRequest();
        case "not-delivered":
          throw notDelivered();
        case "accepted":
          return c.json(await introduce(gate, user, accepted.from, accepted.change));
      }
    })
    .post("/:id/decline", signedIn(), async (c) => {
      const { user } = c.get("access");
      const id = idParam(c.req.param("id"));
      const [request] = await readContactRequests(sql, user, id);
      if (request === undefined || await declineContactRequest(sql, user, id) === undefined) {
        throw noSuchRequest();
      }
      tell(bus, [user], { type: "contact", change: "declined", user: request.from });
      const frame = { type: "contact", change: "declined", user: request.to } as const;
      await tellOther(gate, request.from.id, user, frame);
      return c.body(null, 204);
    })
    .delete("/:id", signedIn(), async (c) => {
      const { user } = c.get("access");
      const id = idParam(c.req.param("id"));
      const [request] = await readContactRequests(sql, user, id);
      if (request === undefined || await withdrawContactRequest(sql, user, id) === undefined) {
        throw noSuchRequest();
      }
      const frame = { type: "contact", change: "removed", request } as const;
      tell(bus, [user], { ...frame, user: request.to });
      await tellOther(gate, request.to.id, user, { ...frame, user: request.from });
      return c.body(null, 204);
    });
}

function noSuchRequest(): AppError {
  return new AppError("not-found", "there is no such request");
}
