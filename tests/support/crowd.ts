/** Hundreds of people with the real client, who are signed in without 300 passwords being checked. */
import { inParallel } from "../../bench/generator/peer.ts";
import { type Client, createClient } from "../../client/client.ts";
import type { Id } from "../../lib/protocol/model.ts";
import { newId } from "../../lib/ids.ts";
import { arrayLiteral, type Sql } from "../../lib/sql/open.ts";
import { createTokens } from "../../lib/tokens.ts";
import { until } from "./people.ts";
import type { Random } from "./random.ts";
import { type Acknowledged, recordAcknowledged } from "./recording_wire.ts";
import { seedGroup } from "./seed.ts";
import { seedCrowd } from "./seed_groups.ts";
import { TEST_SECRET } from "./test_server.ts";
import { keepCookie } from "./kept_cookie.ts";

export type Member = { readonly id: Id; readonly client: Client; readonly rooms: readonly Id[] };

export interface Crowd extends Disposable {
  readonly members: readonly Member[];
  readonly rooms: readonly Id[];
  /** Everything that any of them was told is stored. */
  readonly acknowledged: Acknowledged;
}

/** How many conversations of how many members; whoever is left over joins the groups. */
export type Seating = { direct: number; groups: number; large: number };

/** Signs `count` people in, and lets each open what they are in. */
export async function gatherCrowd(sql: Sql, options: {
  count: number;
  seating: Seating;
  /** Origins of the gates; a request goes to any of them. */
  gates: readonly string[];
  random: Random;
}): Promise<Crowd> {
  const { count, seating, gates, random } = options;
  const ids = await seedCrowd(sql, count);
  const rooms = await seedRooms(sql, ids, seating, random);
  const tokens = await seedSessions(sql, ids);
  const acknowledged: Acknowledged = new Map();
  using cleanup = new DisposableStack();
  const members = ids.map((id): Member => {
    const client = createClient({
      origin: ANY_GATE,
      credentials: "cookie",
      fetch: keepCookie(tokens.get(id) ?? "", askAny(() => random.pick(gates))),
      openWire: recordAcknowledged(acknowledged),
    });
    cleanup.defer(() => client.close());
    return { id, client, rooms: rooms.filter((room) => room.users.has(id)).map(({ id }) => id) };
  });
  await inParallel(members, 30, async ({ client, rooms }) => {
    await client.session.resume();
    await until("connected", () => client.connection.state().name === "ready", 30_000);
    for (const room of rooms) await client.thread.open(room);
  });
  const resources = cleanup.move();
  return {
    members,
    rooms: rooms.map(({ id }) => id),
    acknowledged,
    [Symbol.dispose]: () => resources.dispose(),
  };
}

type Room = { id: Id; users: Set<Id> };

async function seedRooms(
  sql: Sql,
  ids: readonly Id[],
  { direct, groups, large }: Seating,
  random: Random,
): Promise<Room[]> {
  const sizes = [
    large,
    ...Array.from({ length: groups }, () => 3 + random.below(8)),
    ...Array.from({ length: direct }, () => 2),
  ];
  const rooms: Room[] = [];
  let next = 0;
  for (const size of sizes) {
    const users = new Set<Id>();
    // In turn, so that nobody is left out; those who come twice talk in several conversations.
    while (users.size < size) users.add(ids[next++ % ids.length] ?? "");
    rooms.push({ id: "", users });
  }
  for (; next < ids.length; next++) {
    random.pick(rooms.slice(1, 1 + groups)).users.add(ids[next] ?? "");
  }
  for (const [index, room] of rooms.entries()) {
    const users = [...room.users];
    room.id = index <= groups ? await seedGroup(sql, users) : await seedDirect(sql, users);
  }
  return rooms;
}

async function seedDirect(sql: Sql, users: readonly Id[]): Promise<Id> {
  const id = newId();
  const [one, other] = users;
  await sql`insert into conversations (id, kind, member_count) values (${id}, 'direct', 2)`;
  await sql`insert into members (conversation_id, user_id)
    select ${id}::uuid, u from unnest(${arrayLiteral(users)}::uuid[]) u`;
  await sql`insert into contacts (user_id, contact_id, conversation_id) values
    (${one ?? ""}, ${other ?? ""}, ${id}), (${other ?? ""}, ${one ?? ""}, ${id})`;
  return id;
}

/** A session each; the answer is their refresh tokens. */
async function seedSessions(sql: Sql, ids: readonly Id[]): Promise<Map<Id, string>> {
  const sessions = ids.map(() => newId());
  await sql`
    insert into sessions (id, user_id, expires_at, ends_at)
    select s, u, now() + interval '1 day', now() + interval '1 day'
    from unnest(${arrayLiteral(sessions)}::uuid[], ${arrayLiteral(ids)}::uuid[]) p (s, u)`;
  const tokens = createTokens(TEST_SECRET, { now: () => Date.now() });
  return new Map(ids.map((id, index) => [
    id,
    tokens.issueRefresh({ session: sessions[index] ?? "", generation: 1 }),
  ]));
}

const ANY_GATE = "http://any-gate";

/** What the balancer before the gates does: asks any of them. */
function askAny(gate: () => string): typeof fetch {
  return (input, init) => fetch(String(input).replace(ANY_GATE, gate()), init);
}
