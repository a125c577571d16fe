/** What is asked about people, contacts and invitations, for the rows of the matrix. */
import { newId } from "../../../lib/ids.ts";
import type { Sql } from "../../../lib/sql/open.ts";
import { newToken } from "../../../lib/tokens.ts";
import type { Case, Cases, RouteAsk } from "../ask.ts";
import type { World } from "../world.ts";

function invite(pick: (invites: World["invites"]) => string): Case<RouteAsk> {
  return { ask: ({ invites }) => ({ path: [pick(invites)] }) };
}

const INVITES: Readonly<Record<string, Case<RouteAsk>>> = {
  "to the group": invite(({ group }) => group),
  "to the group, ended": invite(({ groupEnded }) => groupEnded),
  "to the group, used up": invite(({ groupUsedUp }) => groupUsedUp),
  "to the group, by no admin any more": invite(({ groupOfNoAdmin }) => groupOfNoAdmin),
  "to the owner": invite(({ personal }) => personal),
  "to the owner, ended": invite(({ personalEnded }) => personalEnded),
  "made up": { ask: () => ({ path: [newToken()] }) },
};

function requests(): Readonly<Record<string, Case<RouteAsk>>> {
  const ask = ({ request }: World): RouteAsk => ({ path: [request] });
  return {
    "the stranger's to the owner": { ask },
    "the blocked one's to the owner": { arrange: requestOfBlocked, ask },
  };
}

function people(): Readonly<Record<string, Case<RouteAsk>>> {
  return {
    "the owner": { ask: ({ people }) => ({ path: [people.owner] }) },
    "the blocked one": { ask: ({ people }) => ({ path: [people.blocked] }) },
  };
}

async function removeContacts(sql: Sql, { people: { owner } }: World): Promise<void> {
  await sql`delete from contacts where user_id = ${owner} or contact_id = ${owner}`;
}

/** In place of the stranger's. */
async function requestOfBlocked(sql: Sql, world: World): Promise<void> {
  await removeContacts(sql, world);
  await sql`update contact_requests set from_id = ${world.people.blocked}
    where id = ${world.request}`;
}

/** The owner's address is that of an operator of the service. */
function disabling(): Readonly<Record<string, Case<RouteAsk>>> {
  return {
    "somebody, the owner being an operator": {
      ask: ({ people }) => ({ path: [people.nobody] }),
    },
    "the owner": { ask: ({ people }) => ({ path: [people.owner] }) },
    "nobody that exists": { ask: () => ({ path: [newId()] }) },
  };
}

export const peopleRoutes: Cases<RouteAsk> = {
  "PUT /accounts/:user/disabled": disabling(),
  "DELETE /accounts/:user/disabled": disabling(),
  "DELETE /sessions/:id": {
    "one's own": { ask: ({ idleSessions }, me) => ({ path: [idleSessions[me]] }) },
    "somebody else's": { ask: ({ idleSessions }) => ({ path: [idleSessions.other] }) },
  },
  "GET /users": {
    "by a name": {
      ask: () => ({ query: { query: "person" } }),
    },
  },
  "GET /users/:id": {
    "the owner": {
      ask: ({ people }) => ({ path: [people.owner] }),
      shows: ({ relation }) => String(relation),
    },
    "the blocked one": {
      ask: ({ people }) => ({ path: [people.blocked] }),
      shows: ({ relation }) => String(relation),
    },
  },
  "POST /contact-requests": {
    "to the owner": { ask: ({ people }) => ({ body: { user: people.owner } }) },
    "to the owner, who has no contacts": {
      arrange: removeContacts,
      ask: ({ people }) => ({ body: { user: people.owner } }),
    },
    "to the blocked one": { ask: ({ people }) => ({ body: { user: people.blocked } }) },
  },
  "POST /contact-requests/:id/accept": {
    "the stranger's to the owner": { ask: ({ request }) => ({ path: [request], body: {} }) },
    "the blocked one's to the owner": {
      arrange: requestOfBlocked,
      ask: ({ request }) => ({ path: [request], body: {} }),
    },
  },
  "POST /contact-requests/:id/decline": requests(),
  "DELETE /contact-requests/:id": requests(),
  "PATCH /contacts/:user": {
    "the owner": { ask: ({ people }) => ({ path: [people.owner], body: { alias: "Boss" } }) },
    "the blocked one": {
      ask: ({ people }) => ({ path: [people.blocked], body: { alias: "Nuisance" } }),
    },
  },
  "DELETE /contacts/:user": people(),
  "PUT /blocks/:user": people(),
  "DELETE /blocks/:user": people(),
  "GET /invites/:token": INVITES,
  "POST /invites/:token/accept": INVITES,
};
