/** What concerns nobody but whoever asks, for the rows of the matrix that are the same for all. */
import { newId } from "../../../lib/ids.ts";
import type { Cases, RouteAsk } from "../ask.ts";
import { PASSWORD } from "../world.ts";

const newEmail = () => `${newId()}@example.org`;

export const ownRoutes: Cases<RouteAsk> = {
  "GET /healthz": { "": { ask: () => ({}) } },
  "GET /readyz": { "": { ask: () => ({}) } },
  "GET /openapi.json": { "": { ask: () => ({}) } },
  "GET /docs": { "": { ask: () => ({}) } },
  "GET /docs/style.css": { "": { ask: () => ({}) } },
  "GET /dev/mailbox": { "": { ask: () => ({}) } },
  "GET /dev/mailbox.css": { "": { ask: () => ({}) } },
  "POST /verification-codes": {
    "for a new address": {
      ask: () => ({ body: { email: newEmail(), purpose: "register" } }),
    },
  },
  "POST /accounts": {
    "without a code that was sent": {
      ask: () => ({
        body: {
          email: newEmail(),
          code: "123456",
          username: "newcomer",
          password: "a password long enough",
        },
      }),
    },
  },
  "POST /sessions": {
    "with a wrong password": {
      ask: ({ people }) => ({ body: { login: people.owner, password: "a wrong password" } }),
    },
  },
  "POST /sessions/refresh": {
    "without a refresh token": { ask: () => ({ body: {} }) },
    "with a made-up refresh token": { ask: () => ({ body: { refreshToken: "made up" } }) },
  },
  "DELETE /sessions/current": { "": { ask: () => ({ usesUpSession: true }) } },
  "DELETE /sessions/others": { "": { ask: () => ({ as: "nobody", usesUpSession: true }) } },
  "GET /sessions": { "": { ask: () => ({}) } },
  "GET /link-previews": {
    "of a page that nobody may be sent to": {
      ask: () => ({ query: { url: "http://127.0.0.1/" } }),
    },
  },
  "GET /link-previews/:id/image": {
    "that there is not": { ask: () => ({ path: [newId()] }) },
  },
  "GET /me": { "": { ask: () => ({}) } },
  "GET /me/security-events": { "": { ask: () => ({ query: {} }) } },
  "PATCH /me": { "": { ask: () => ({ body: { bio: "Says something" } }) } },
  "POST /password-resets": {
    "without a code that was sent": {
      ask: () => ({ body: { email: newEmail(), code: "123456", password: PASSWORD } }),
    },
  },
  "POST /me/password": {
    "with a wrong password": {
      ask: () => ({ body: { current: "a wrong password", password: PASSWORD } }),
    },
    "with the right one": {
      ask: () => ({ body: { current: PASSWORD, password: PASSWORD } }),
    },
  },
  "POST /me/email": {
    "with a wrong password": {
      ask: () => ({ body: { email: newEmail(), code: "123456", password: "a wrong password" } }),
    },
    "without a code that was sent": {
      ask: () => ({ body: { email: newEmail(), code: "123456", password: PASSWORD } }),
    },
  },
  "POST /me/deletion": {
    "with a wrong password": { ask: () => ({ body: { password: "a wrong password" } }) },
  },
  "POST /me/invites": { "": { ask: () => ({ body: {} }) } },
  "DELETE /me/invites": { "": { ask: () => ({}) } },
  "GET /contacts": { "": { ask: () => ({}) } },
  "GET /conversations": { "": { ask: () => ({ query: {} }) } },
  "POST /tickets": { "": { ask: () => ({ body: {} }) } },
};
