/** Accounts, sessions and conversations put straight into the database, thousands at a time. */
import { createTokens } from "../lib/tokens.ts";
import { newId } from "../lib/ids.ts";
import { hashPassword } from "../lib/passwords.ts";
import { appendBatch, type AppendEntry } from "../lib/sql/append.ts";
import { arrayLiteral, type Sql } from "../lib/sql/open.ts";
import type { LoadConversation, LoadPerson } from "./generator/order.ts";

export const SECRET = "what the bench signs its tokens with, and nobody else";
export const PASSWORD = "a password for everyone in the bench";

export type Cast = { people: LoadPerson[]; conversations: LoadConversation[] };

/** How people are put together: in twos who are each other's contacts, or all in one group. */
export type Seating = "pairs" | "group";

/** Makes the ids alone, for a relay that asks no database. */
export function inventCast(count: number, seating: Seating): Cast {
  const people = Array.from({ length: count }, (_, index): LoadPerson => {
    const user = newId();
    return { user, username: `bench${index}_${user.slice(-8)}`, accessToken: "" };
  });
  const everyone = people.map((_, index) => index);
  const tables = seating === "group"
    ? [everyone]
    : everyone.filter((index) => index % 2 === 0).map((index) => [index, index + 1]);
  return { people, conversations: tables.map((members) => ({ id: newId(), members })) };
}

/** Stores a cast, and signs everyone in. */
export async function seedCast(sql: Sql, cast: Cast, seating: Seating): Promise<Cast> {
  const { people, conversations } = cast;
  const sessions = people.map(() => newId());
  await sql`
    insert into users (id, username, email, display_name, password_hash)
    select p.id::uuid, p.name, p.name || '@example.org', p.name, ${await hashPassword(PASSWORD)}
    from unnest(${list(people, (p) => p.user)}::text[], ${list(people, (p) => p.username)}::text[])
      as p(id, name)`;
  await sql`
    insert into sessions (id, user_id, expires_at, ends_at)
    select p.id::uuid, p.user_id::uuid, now() + interval '1 day', now() + interval '1 day'
    from unnest(${arrayLiteral(sessions)}::text[], ${list(people, (p) => p.user)}::text[])
      as p(id, user_id)`;
  await sql`
    insert into conversations (id, kind, title, member_count)
    select c.id::uuid, ${seating === "group" ? "group" : "direct"}, '', c.members::int
    from unnest(${list(conversations, (c) => c.id)}::text[],
      ${list(conversations, (c) => String(c.members.length))}::text[]) as c(id, members)`;
  const seats = conversations.flatMap(({ id, members }) =>
    members.map((member) => ({ conversation: id, user: people[member]?.user ?? "" }))
  );
  await sql`
    insert into members (conversation_id, user_id)
    select m.conversation_id::uuid, m.user_id::uuid
    from unnest(${list(seats, (s) => s.conversation)}::text[], ${
    list(seats, (s) => s.user)
  }::text[])
      as m(conversation_id, user_id)`;
  if (seating === "pairs") {
    await sql`
      insert into contacts (user_id, contact_id, conversation_id)
      select a.user_id, b.user_id, a.conversation_id
      from members a join members b on b.conversation_id = a.conversation_id
        and b.user_id <> a.user_id`;
  }
  // Not the messages: what a planner learns of an empty table is worse than nothing.
  await sql`analyze users, sessions, conversations, members, contacts`;
  const tokens = createTokens(SECRET, { now: () => Date.now() });
  return {
    conversations,
    people: await Promise.all(people.map(async (person, index) => ({
      ...person,
      accessToken: await tokens.issueAccess({ user: person.user, session: sessions[index] ?? "" }),
    }))),
  };
}

/** Writes `length` messages into each conversation's log. */
export async function seedMessages(sql: Sql, cast: Cast, length: number): Promise<void> {
  for (const { id, members } of cast.conversations) {
    for (let done = 0; done < length; done += 500) {
      const entries = Array.from(
        { length: Math.min(500, length - done) },
        (_, index): AppendEntry => ({
          id: newId(),
          conversation: id,
          sender: cast.people[members[index % members.length] ?? 0]?.user ?? "",
          clientId: crypto.randomUUID(),
          kind: "text",
          text: "One of many messages that somebody said in this conversation, and someone reads.",
          replyTo: undefined,
          mentions: undefined,
          mentionsAll: undefined,
        }),
      );
      await appendBatch(sql, entries, new Map([[id, 1]]));
    }
  }
  await sql`analyze`;
}

function list<T>(items: readonly T[], pick: (item: T) => string): string {
  return arrayLiteral(items.map(pick));
}
