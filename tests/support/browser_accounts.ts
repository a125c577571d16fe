/** Accounts for browser tests, made over HTTP: those tests that are not about signing up are quick. */
import type { BrowserContext } from "playwright-core";
import { type Client, createClient } from "../../client/client.ts";
import type { Contact, ContactRequest, Conversation, Id } from "../../lib/protocol/model.ts";
import type { SessionGrant } from "../../lib/protocol/model.ts";
import { readCode } from "./people.ts";

export type Account = {
  readonly id: Id;
  readonly username: string;
  readonly displayName: string;
  readonly email: string;
  readonly password: string;
  readonly accessToken: string;
};

export const PASSWORD = "correct horse battery";

export async function createAccount(
  origin: string,
  username: string,
  displayName = username,
): Promise<Account> {
  const email = `${username}@example.org`;
  const details = { email, username, displayName, password: PASSWORD };
  await post(origin, "/verification-codes", { email, purpose: "register" });
  const code = await readCode(origin, email);
  const grant = await post<SessionGrant>(origin, "/accounts", { ...details, code });
  return { ...details, id: grant.user.id, accessToken: grant.accessToken };
}

/** Makes two people contacts; the answer is their conversation. */
export async function befriendAccounts(origin: string, one: Account, other: Account): Promise<Id> {
  type Accepted = { contact: Contact; conversation: Conversation };
  const request = await post<ContactRequest>(origin, "/contact-requests", {
    user: other.id,
  }, one.accessToken);
  const path = `/contact-requests/${request.id}/accept`;
  return (await post<Accepted>(origin, path, {}, other.accessToken)).conversation.id;
}

/** Puts a session of `account` into the profile: the next load of the page is signed in. */
export async function enterAs(
  profile: { context: BrowserContext; origin: string },
  { username, password }: Account,
): Promise<void> {
  const answer = await profile.context.request.post(`${profile.origin}/api/v1/sessions`, {
    data: { login: username, password, transport: "cookie" },
  });
  if (!answer.ok()) throw new Error(`signing in failed: ${await answer.text()}`);
}

/** The account's owner on a device without a browser. */
export async function connectClient(
  origin: string,
  { username, password }: Account,
): Promise<Disposable & { readonly client: Client }> {
  const client = createClient({ origin, credentials: "body" });
  await client.session.signIn(username, password);
  return { client, [Symbol.dispose]: () => client.close() };
}

async function post<T>(
  origin: string,
  path: string,
  body: unknown,
  accessToken?: string,
): Promise<T> {
  const response = await fetch(`${origin}/api/v1${path}`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(accessToken !== undefined && { authorization: `Bearer ${accessToken}` }),
    },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`POST ${path} was answered with ${response.status}: ${text}`);
  return JSON.parse(text) as T;
}
