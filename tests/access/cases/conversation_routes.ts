/** What is asked of a conversation, for the rows of the matrix. */
import type { Sql } from "../../../lib/sql/open.ts";
import type { Body } from "../../support/api_server.ts";
import type { Cases, RouteAsk } from "../ask.ts";
import type { World } from "../world.ts";
import { inEach, inGroup } from "./places.ts";

const LATER = "2999-01-02T03:04:05.678Z";

/** From which position on an answer holds messages. */
export function firstShown({ messages }: Body): string {
  return messages?.length ? `from ${messages[0]?.seq}` : "nothing";
}

export const conversationRoutes: Cases<RouteAsk> = {
  "POST /conversations": {
    "with the owner alone": {
      ask: ({ people }) => ({ body: { kind: "direct", user: people.owner } }),
    },
    "a group with the owner": {
      ask: ({ people }) => ({ body: { kind: "group", title: "New", members: [people.owner] } }),
    },
    "a group with somebody's own contact": {
      ask: ({ people }) => ({ body: { kind: "group", title: "New", members: [people.friend] } }),
    },
    "a group with nobody's contact": {
      ask: ({ people }) => ({ body: { kind: "group", title: "New", members: [people.nobody] } }),
    },
  },
  "GET /conversations/:id": inEach("everything", (id) => ({ path: [id], query: {} })),
  "GET /conversations/:id/messages": {
    ...inEach("messages", (id) => ({ path: [id], query: {} }), { shows: firstShown }),
    "messages in the group, history visible": {
      arrange: (sql, { group }) =>
        sql`update conversations set history_visible = true where id = ${group}`,
      ask: ({ group }) => ({ path: [group], query: {} }),
      shows: firstShown,
    },
  },
  "GET /conversations/:id/changes": inEach(
    "changes",
    (id) => ({ path: [id], query: { since: "0" } }),
    { shows: firstShown },
  ),
  "GET /conversations/:id/pins": inEach("pins", (id) => ({ path: [id] }), { shows: firstShown }),
  "PATCH /conversations/:id/me": inEach(
    "own settings",
    (id) => ({ path: [id], body: { pinned: true, draft: "a draft" } }),
  ),
  "PATCH /conversations/:id": {
    ...inGroup("its title", (id) => ({ path: [id], body: { title: "Another" } })),
    "its avatar": {
      ask: ({ group, files }, me) => ({ path: [group], body: { avatar: files.own[me] } }),
    },
    "its announcement": {
      ask: ({ group }) => ({ path: [group], body: { announcement: "Listen" } }),
    },
    "whether newcomers see its history": {
      ask: ({ group }) => ({ path: [group], body: { historyVisible: true } }),
    },
  },
  "POST /conversations/:id/members": {
    ...inGroup("a contact of one's own", (id, { people }) => ({
      path: [id],
      body: { users: [people.friend] },
    })),
    "somebody who is no contact": {
      ask: ({ group, people }) => ({ path: [group], body: { users: [people.nobody] } }),
    },
    "somebody whom the owner blocks": {
      ask: ({ group, people }) => ({ path: [group], body: { users: [people.blocked] } }),
    },
  },
  "PATCH /conversations/:id/members/:user": {
    ...inGroup("make a member an admin", (id, world) => member(id, world, { role: "admin" })),
    "make an admin a member": {
      ask: (world) => otherAdmin(world, { role: "member" }),
    },
    "hand the group over": { ask: (world) => member(world.group, world, { role: "owner" }) },
    "silence a member": { ask: (world) => member(world.group, world, { silencedUntil: LATER }) },
    "silence an admin": { ask: (world) => otherAdmin(world, { silencedUntil: LATER }) },
    "silence the owner": {
      ask: ({ group, people }) => ({
        path: [group, people.owner],
        body: { silencedUntil: LATER },
      }),
    },
    "end one's own silence": {
      arrange: silenceAll,
      ask: ({ group, people }, me) => ({
        path: [group, people[me]],
        body: { silencedUntil: null },
      }),
    },
    "silence somebody who is not in it": {
      ask: ({ group, people }) => ({
        path: [group, people.friend],
        body: { silencedUntil: LATER },
      }),
    },
  },
  "DELETE /conversations/:id/members/:user": {
    ...inGroup("leave", (id, { people }, me) => ({ path: [id, people[me]] })),
    "remove a member": { ask: ({ group, people }) => ({ path: [group, people.other] }) },
    "remove an admin": { ask: ({ group, people }) => ({ path: [group, people.otherAdmin] }) },
    "remove the owner": { ask: ({ group, people }) => ({ path: [group, people.owner] }) },
    "remove somebody who is not in it": {
      ask: ({ group, people }) => ({ path: [group, people.friend] }),
    },
  },
  "POST /conversations/:id/invites": inGroup("make one", (id) => ({ path: [id], body: {} })),
  "DELETE /conversations/:id/invites": inGroup("end all", (id) => ({ path: [id] })),
};

function member(id: string, { people }: World, body: RouteAsk["body"]): RouteAsk {
  return { path: [id, people.other], ...(body && { body }) };
}

function otherAdmin({ group, people }: World, body: RouteAsk["body"]): RouteAsk {
  return { path: [group, people.otherAdmin], ...(body && { body }) };
}

/** All but the owner, whom nobody could. */
export function silenceAll(sql: Sql, { group }: World): Promise<unknown> {
  return sql`with silenced as (
      update members set silenced_until = ${LATER}
      where conversation_id = ${group} and role <> 'owner')
    update conversations set members_rev = members_rev + 1 where id = ${group}`;
}
