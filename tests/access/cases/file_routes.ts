/** What is asked of files, for the rows of the matrix. */
import type { Id } from "../../../lib/protocol/model.ts";
import { createTokens } from "../../../lib/tokens.ts";
import { createFileLinks } from "../../../routes/file_links.ts";
import { TEST_SECRET } from "../../support/test_server.ts";
import type { Case, Cases, RouteAsk } from "../ask.ts";
import type { Contents, Files } from "../files_world.ts";
import type { Name } from "../world.ts";

const LATER = Date.UTC(2999, 0);

type Asking = (file: Id) => RouteAsk;

function of(name: Exclude<keyof Files, "own">, ask: Asking): Case<RouteAsk> {
  return { ask: ({ files }) => ask(files[name]) };
}

/** Files that people may have different reasons to read, or none any more. */
function ofSome(ask: Asking): Record<string, Case<RouteAsk>> {
  return {
    "sent in the group": of("sent", ask),
    "sent in the group before the member came": of("unseen", ask),
    "sent between owner and contact": of("direct", ask),
    "the owner's, recalled in the group": of("recalled", ask),
  };
}

/** And for all the other reasons. */
function ofEach(ask: Asking): Record<string, Case<RouteAsk>> {
  return {
    ...ofSome(ask),
    "sent in the group before the member came, history visible": {
      ...of("unseen", ask),
      arrange: (sql, { group }) =>
        sql`update conversations set history_visible = true where id = ${group}`,
    },
    "sent in the group by the ex-member": of("exMembers", ask),
    "sent between owner and blocked": of("closed", ask),
    "the admin's, sent in the group and let go of": of("letGo", ask),
    "what somebody looks like": of("portrait", ask),
    "what the group looks like": of("groupPicture", ask),
  };
}

export const fileRoutes: Cases<RouteAsk> = {
  "GET /files/:id": ofEach((id) => ({ path: [id] })),
  "GET /files/:id/thumbnail": {
    "sent in the group": of("sent", (id) => ({ path: [id] })),
    "what somebody looks like, which has none": of("portrait", (id) => ({ path: [id] })),
  },
  "GET /files/:id/attachment": ofSome((id) => ({ path: [id] })),
  "PUT /files/:id/description": ofSome((id) => ({ path: [id], body: {} })),
  "POST /files/:id/links": ofSome((id) => ({ path: [id], body: {} })),
  "DELETE /files/:id": ofSome((id) => ({ path: [id] })),
  "GET /me/storage": { "": { ask: () => ({}) } },
  "POST /files/instant": {
    "of what was sent in the group": link("sent"),
    "of what that was before metadata was taken out": link("original"),
    "of something short that was sent in the group": link("short"),
    "of what somebody looks like": link("common"),
    "of what is not here": {
      ask: () => ({ body: { sha256: "0".repeat(64), size: 2048, name: "a.png" } }),
    },
  },
  "GET /files/:id/content": {
    "by a link of whoever may read it": byLink("owner"),
    "by a link of whoever may not": byLink("ex-member"),
    "by a link that is over": byLink("owner", { expires: 1 }),
    "by a link that nobody here made": {
      ask: ({ files, people, idleSessions }) =>
        askByLink(files.sent, people.owner, idleSessions.owner, {}, "another secret".repeat(3)),
    },
  },
};

function link(name: Exclude<keyof Contents, "thumbnail">): Case<RouteAsk> {
  return {
    ask: ({ contents }) => {
      const { sha256, size } = contents[name];
      return { body: { sha256, size, name: "picture.png" } };
    },
  };
}

/** Of the file that was sent in the group, in a session that goes on. */
function byLink(whose: Name, change: { expires?: number } = {}): Case<RouteAsk> {
  return {
    ask: ({ files, people, idleSessions }) =>
      askByLink(files.sent, people[whose], idleSessions[whose], change),
  };
}

/** As the server signs it. */
export function askByLink(
  file: Id,
  user: Id,
  session: Id,
  { expires = LATER }: { expires?: number } = {},
  secret = TEST_SECRET,
): RouteAsk {
  const clock = { now: () => Date.now() };
  const links = createFileLinks({ tokens: createTokens(secret, clock), clock });
  const path = links.sign({ user, session, file, thumbnail: false, expires });
  const { searchParams } = new URL(path, "http://localhost");
  return { path: [file], query: Object.fromEntries(searchParams) };
}
