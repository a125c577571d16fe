/** Mounts the public HTTP interface, behind what every process answers. */
import { Hono } from "hono";
import { jsonOnly } from "../lib/http/json_only.ts";
import { limitBody } from "../lib/http/limit_body.ts";
import { limitDepth } from "../lib/http/limit_depth.ts";
import { noStore } from "../lib/http/no_store.ts";
import { realTimers } from "../lib/timers.ts";
import { accounts } from "./accounts.ts";
import { ANSWER_WITHIN, answerWithin } from "../lib/http/answer_in_time.ts";
import { blocks } from "./blocks.ts";
import { emailChanges } from "./change_email.ts";
import { passwordChanges } from "./change_password.ts";
import { contactRequests } from "./contact_requests.ts";
import { contacts } from "./contacts.ts";
import type { Env, Gate } from "./context.ts";
import { conversations } from "./conversations.ts";
import { docs } from "./docs.ts";
import { fileDescriptions } from "./file_descriptions.ts";
import { files } from "./files.ts";
import { instantFiles } from "./instant_files.ts";
import { deletion } from "./deletion.ts";
import { devReload } from "./dev_reload.ts";
import { disabledAccounts } from "./disabled_accounts.ts";
import { refuseForeignOrigins } from "./guard.ts";
import { groupInvites } from "./group_invites.ts";
import { invites } from "./invites.ts";
import { createLimits } from "./limits.ts";
import { linkPreviews } from "./link_previews.ts";
import { me } from "./me.ts";
import { members } from "./members.ts";
import { messages } from "./messages.ts";
import { ownSettings } from "./own_settings.ts";
import { page } from "./page.ts";
import { passwordResets } from "./password_resets.ts";
import { personalInvites } from "./personal_invites.ts";
import { pins } from "./pins.ts";
import { securityEvents } from "./security_events.ts";
import { sessions } from "./sessions.ts";
import { createSignedIn } from "./signed_in.ts";
import { tickets } from "./tickets.ts";
import { uploads } from "./uploads.ts";
import { createTransfers } from "./transfers.ts";
import { users } from "./users.ts";
import { verificationCodes } from "./verification_codes.ts";

export function createApp(gate: Gate) {
  const limits = createLimits(gate);
  const signedIn = createSignedIn(gate, limits);
  const transfers = createTransfers({ log: gate.log, timers: realTimers });
  const api = new Hono<Env>()
    .use(noStore)
    .use(limits.ofNetwork)
    // In front of the bounds that everything else has: a file takes its time, and is no JSON.
    .route("/files", uploads(gate, signedIn))
    .use(answerWithin(() => ANSWER_WITHIN))
    .use(jsonOnly)
    .use(limitBody)
    .use(limitDepth)
    .route("/verification-codes", verificationCodes(gate))
    .route("/accounts", accounts(gate))
    .route("/accounts", disabledAccounts(gate, signedIn))
    .route("/password-resets", passwordResets(gate))
    .route("/sessions", sessions(gate, signedIn))
    .route("/me", me(gate, signedIn))
    .route("/me/password", passwordChanges(gate, signedIn))
    .route("/me/email", emailChanges(gate, signedIn))
    .route("/me/deletion", deletion(gate, signedIn))
    .route("/me/invites", personalInvites(gate, signedIn))
    .route("/me/security-events", securityEvents(gate, signedIn))
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
    .route("/files/instant", instantFiles(gate, signedIn))
    .route("/files", files(gate, signedIn, transfers))
    .route("/files", fileDescriptions(gate, signedIn))
    .route("/link-previews", linkPreviews(gate, signedIn, transfers))
    .route("/tickets", tickets(gate, signedIn));

  const app = new Hono<Env>()
    .use(refuseForeignOrigins(gate.allowOrigin))
    .route("/api/v1", api);
  if (gate.config.mode === "dev") app.route("/dev/reload", devReload(gate.page));
  app.route("/", docs(() => app.routes, gate.version));
  return app.route("/", page(gate.page));
}
