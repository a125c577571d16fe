import assert from "node:assert/strict";
import { ApiError } from "../../client/api.ts";
import { type Contacts, createContacts } from "../../client/contacts.ts";
import { createPresenceWatch, type PresenceWatch } from "../../client/presence.ts";
import type { Contact, ContactLists, PresenceState } from "../../lib/protocol/model.ts";
import type { Ask } from "../../client/tokens.ts";
import { memberOf } from "../support/fake_server.ts";
import { settle } from "../support/fake_timers.ts";

const AT = "2026-01-01T00:00:00.000Z";

function contactOf(id: string, state: PresenceState): Contact {
  return {
    user: memberOf(id).user,
    ...{ alias: "", conversation: `with ${id}`, unread: 0, at: AT },
    presence: { user: id, state, lastSeenAt: null },
  };
}

function listsOf(...contacts: Contact[]): ContactLists {
  return { contacts, incoming: [], outgoing: [], blocked: [] };
}

/** A server that answers when it is let. */
function setUp(): {
  contacts: Contacts;
  presence: PresenceWatch;
  asked: string[];
  answers: ((answer: object | ApiError) => Promise<void>)[];
  watched: string[][];
  reloads: () => number;
} {
  const asked: string[] = [];
  const answers: ((answer: object | ApiError) => Promise<void>)[] = [];
  const watched: string[][] = [];
  let reloads = 0;
  const presence = createPresenceWatch({
    watch: (users) => {
      watched.push(users);
      return Promise.resolve({ presence: [] });
    },
    set: () => Promise.resolve(),
    changed: () => {},
  });
  const ask: Ask = (method, path, body) => {
    asked.push(`${method} ${path}${body === undefined ? "" : ` ${JSON.stringify(body)}`}`);
    return new Promise((resolve, reject) =>
      answers.push((answer) => {
        if (answer instanceof ApiError) reject(answer);
        else resolve(answer as never);
        return settle();
      })
    );
  };
  const contacts = createContacts({
    ...{ ask, presence, add: () => {}, changed: () => {} },
    reload: () => reloads++,
  });
  return { contacts, presence, asked, answers, watched, reloads: () => reloads };
}

Deno.test("Contacts show who is there now, and nobody without a connection", async () => {
  const { contacts, presence, answers, watched } = setUp();
  void contacts.load();
  await answers[0]?.(listsOf(contactOf("ann", "away"), contactOf("ben", "offline")));
  const states = () => contacts.view().contacts.map(({ presence }) => presence.state);
  assert.deepEqual([contacts.view().loaded, states()], [true, ["unknown", "unknown"]]);
  presence.ready();
  assert.deepEqual(watched, [["ann", "ben"]]);
  assert.deepEqual(states(), ["away", "offline"]);
  presence.heard({ user: "ben", state: "online", lastSeenAt: AT });
  assert.deepEqual(states(), ["away", "online"]);
  void contacts.load();
  await answers[1]?.(listsOf(contactOf("ann", "away")));
  assert.deepEqual(watched[1], ["ann"]);
  presence.lost();
  assert.deepEqual(states(), ["unknown"]);
});

Deno.test("Contacts do not take an earlier list for a later one", async () => {
  const { contacts, answers } = setUp();
  void contacts.load();
  void contacts.load();
  await answers[1]?.(listsOf(contactOf("ann", "away")));
  await answers[0]?.(listsOf());
  assert.equal(contacts.view().contacts.length, 1);
});

Deno.test("Contacts are changed by the requests of the contract, and shown anew", async () => {
  const { contacts, asked, answers } = setUp();
  const done: Record<string, () => Promise<unknown>> = {
    'PATCH /contacts/ann {"alias":"Annie"}': () => contacts.changeAlias("ann", "Annie"),
    "DELETE /contacts/ann": () => contacts.remove("ann"),
    "PUT /blocks/ann": () => contacts.block("ann"),
    "DELETE /blocks/ann": () => contacts.unblock("ann"),
    "DELETE /contact-requests/one": () => contacts.withdraw("one"),
    "POST /contact-requests/one/decline": () => contacts.decline("one"),
  };
  for (const [request, change] of Object.entries(done)) {
    const changed = change();
    assert.equal(asked.at(-1), request);
    await answers.at(-1)?.({});
    assert.equal(asked.at(-1), "GET /contacts");
    await answers.at(-1)?.(listsOf());
    await changed;
  }
});

Deno.test("Contacts do not say that something failed because it could not be shown", async () => {
  const { contacts, answers, reloads } = setUp();
  const failure = new ApiError({ code: "unavailable", status: 503, message: "later" });
  const blocked = contacts.block("ann");
  await answers[0]?.({});
  await answers[1]?.(failure);
  await blocked;
  assert.equal(reloads(), 1);
  const refused = contacts.block("ann");
  await answers[2]?.(failure);
  await assert.rejects(refused, { code: "unavailable" });
});
