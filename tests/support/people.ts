/** People who use the real client against a real server. */
import { type Client, type ClientOptions, createClient } from "../../client/client.ts";
import type { Id } from "../../lib/protocol/model.ts";
import { PATIENCE } from "./deadline.ts";

export type Person = AsyncDisposable & {
  readonly client: Client;
  readonly id: Id;
  readonly username: string;
};

let count = 0;
const PASSWORD = "correct horse battery";

/**
 * Signs a new person up, with the code from the server's mailbox.
 * @param mailbox where that is, if it is another server
 */
export async function signUp(
  origin: string,
  options: Partial<ClientOptions> = {},
  mailbox = origin,
): Promise<Person> {
  const username = `person${++count}_${crypto.randomUUID().slice(0, 6)}`;
  const email = `${username}@example.org`;
  const client = createClient({ origin, credentials: "body", ...options });
  await client.session.requestCode(email);
  const code = await readCode(mailbox, email);
  await client.session.register({ email, code, username, password: PASSWORD });
  return personOf(client, username);
}

/** The same person on another device. */
export async function signInAgain(
  origin: string,
  person: Person,
  options: Partial<ClientOptions> = {},
): Promise<Person> {
  const client = createClient({ origin, credentials: "body", ...options });
  await client.session.signIn(person.username, PASSWORD);
  return personOf(client, person.username);
}

export async function readCode(origin: string, email: string): Promise<string> {
  const answer = await fetch(`${origin}/dev/mailbox?to=${encodeURIComponent(email)}`);
  const { mails } = await answer.json() as { mails: { code?: string }[] };
  const code = mails[0]?.code;
  if (code === undefined) throw new Error(`no code came for ${email}`);
  return code;
}

function personOf(client: Client, username: string): Person {
  const state = client.session.state();
  if (state.name !== "signed-in") throw new Error("not signed in");
  return {
    client,
    id: state.me.id,
    username,
    [Symbol.asyncDispose]: () => Promise.resolve(client.close()),
  };
}

/** Makes two people contacts; the answer is their conversation. */
export async function befriend(one: Person, other: Person): Promise<Id> {
  await one.client.contacts.request(other.id);
  await until("the request has come", () => other.client.contacts.view().incoming.length > 0);
  const request = other.client.contacts.view().incoming.find(({ from }) => from.id === one.id);
  if (request === undefined) throw new Error("another request came");
  const { id } = await other.client.contacts.accept(request.id);
  await until("both know the conversation", () => one.client.conversations.get(id) !== undefined);
  return id;
}

/** Waits for `condition`, and says what did not happen. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  within = PATIENCE,
): Promise<void> {
  const end = Date.now() + within;
  while (!await condition()) {
    if (Date.now() > end) throw new Error(`did not happen within ${within} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** What people said in a conversation, as `person` sees it. */
export function texts(person: Person, conversation: Id): string[] {
  return person.client.thread.view(conversation).messages
    .filter(({ kind }) => kind !== "system").map(({ text }) => text);
}
