/** Mounts the public HTTP interface. */
import { Hono } from "hono";
import { answerNotFound, createErrorHandler } from "../lib/http/answer_problem.ts";
import { jsonOnly } from "../lib/http/json_only.ts";
import { limitBody } from "../lib/http/limit_body.ts";
import { noStore } from "../lib/http/no_store.ts";
import { accounts } from "./accounts.ts";
import { blocks } from "./blocks.ts";
import { contactRequests } from "./contact_requests.ts";
import { contacts } from "./contacts.ts";
import type { Env, Gate } from "./context.ts";
import { conversations } from "./conversations.ts";
import { devMailbox, MAILBOX_STYLE } from "./dev_mailbox.ts";
import { devReload } from "./dev_reload.ts";
import { pageHeaders, refuseForeignOrigins } from "./guard.ts";
import { groupInvites } from "./group_invites.ts";
import { health } from "./health.ts";
import { invites } from "./invites.ts";
import { me } from "./me.ts";
import { members } from "./members.ts";
import { messages } from "./messages.ts";
import { ownSettings } from "./own_settings.ts";
import { page } from "./page.ts";
import { personalInvites } from "./personal_invites.ts";
import { pins } from "./pins.ts";
import { sessions } from "./sessions.ts";
import { createSignedIn } from "./signed_in.ts";
import { tickets } from "./tickets.ts";
import { users } from "./users.ts";
import { verificationCodes } from "./verification_codes.ts";

export function createApp(gate: Gate) {
  const signedIn = createSignedIn(gate);
  const api = new Hono<Env>()
    .use(noStore)
    .use(jsonOnly)
    .use(limitBody)
    .route("/verification-codes", verificationCodes(gate))
    .route("/accounts", accounts(gate))
    .route("/sessions", sessions(gate, signedIn))
    .route("/me", me(gate, signedIn))
    .route("/me/invites", personalInvites(gate, signedIn))
    .route("/users", users(gate, signedIn))
    .route("/contacts", contacts(gate, signedIn))
    .route("/blocks", blocks(gate, signedIn))
    .route("/contact-requests", contactRequests(gate, signedIn))
    .route("/conversations", conversations(gate, signedIn))
    .route("/conversations", messages(gate, signedIn))
    .route("/conversations", ownSettings(gate, signedIn))
    .route("/conversations", members(gate, signedIn))
    .route("/conversations", pins(gate, signedIn))
    .route("/conversations", groupInvites(gate, signedIn))
    .route("/invites", invites(gate, signedIn))
    .route("/tickets", tickets(gate, signedIn));

  const app = new Hono<Env>()
    .onError(createErrorHandler(gate.log))
    .notFound(answerNotFound)
    .use(pageHeaders)
    .use(refuseForeignOrigins(gate.allowOrigin))
    .route("/api/v1", api)
    .route("/", health(gate));
  if (gate.mailbox !== undefined) {
    app.route("/dev/mailbox", devMailbox(gate.mailbox));
    app.get("/dev/mailbox.css", (c) => c.body(MAILBOX_STYLE, 200, { "content-type": "text/css" }));
  }
  if (gate.config.mode === "dev") app.route("/dev/reload", devReload(gate.page));
  return app.route("/", page(gate.page));
}
