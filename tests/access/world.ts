/** The small world that the matrix is tried in, put straight into the database. */
import { newId } from "../../lib/ids.ts";
import type { Id } from "../../lib/protocol/model.ts";
import type { Sql, Transaction } from "../../lib/sql/open.ts";
import { insertSession } from "../../lib/sql/sessions.ts";
import { hashToken, newToken } from "../../lib/tokens.ts";
import { type Contents, type Files, restoreFiles } from "./files_world.ts";

/** The columns of the matrix. `contact` and `blocked` are what the owner of the group made of them. */
export const KINDS = [
  ...["stranger", "contact", "blocked", "ex-member"] as const,
  ...["member", "admin", "owner"] as const,
] as const;
export type Kind = typeof KINDS[number];

/**
 * Whom things are done to: `other` and `otherAdmin` are in the group as well, `friend` is everybody's
 * contact and in no group, `nobody` is nobody's contact.
 */
const OTHERS = ["other", "otherAdmin", "friend", "nobody"] as const;
export const NAMES = [...KINDS, ...OTHERS] as const;
export type Name = typeof NAMES[number];
export type People = Readonly<Record<Name, Id>>;

/** Everybody's. */
export const PASSWORD = "a password for the whole world";

export type World = {
  readonly people: People;
  readonly group: Id;
  /** The owner's with the contact, open. */
  readonly direct: Id;
  /** The owner's with the blocked one, closed. */
  readonly closed: Id;
  /** The stranger's contact request to the owner. */
  readonly request: Id;
  readonly invites: {
    readonly group: string;
    readonly groupEnded: string;
    readonly groupUsedUp: string;
    /** Made by `other`, who was an admin then. */
    readonly groupOfNoAdmin: string;
    readonly personal: string;
    readonly personalEnded: string;
  };
  /** A session of each that goes on and is not used. */
  readonly idleSessions: People;
  /** Positions in the group. */
  readonly seqs: typeof SEQS;
  readonly files: Files;
  readonly contents: Contents;
};

/** In the group: the member came after the third message. The last says that the ex-member went. */
const SEQS = {
  created: 1,
  unseen: 2,
  joined: 4,
  ofOwner: 5,
  ofAdmin: 6,
  ofMember: 7,
  ofOther: 8,
  last: 9,
  /** There is none. */
  none: 999,
} as const;
const JOINED_SEQ = 3;

/**
 * Everything but people, the sessions they use and what files consist of is made anew, under ids that no
 * cache knows.
 */
export async function restoreWorld(
  sql: Sql,
  people: People,
  contents: Contents,
): Promise<World> {
  const { owner, contact, blocked, friend } = people;
  const pairs = [
    pairOf(owner, contact),
    pairOf(owner, blocked),
    ...KINDS.map((kind) => pairOf(people[kind], friend)),
  ] as const;
  const [direct, closed] = pairs;
  const group = newId();
  const request = newId();
  const tokens = {
    group: newToken(),
    groupEnded: newToken(),
    groupUsedUp: newToken(),
    groupOfNoAdmin: newToken(),
    personal: newToken(),
    personalEnded: newToken(),
  };
  const idleSessions = Object.fromEntries(NAMES.map((name) => [name, newId()])) as People;
  const places = { group, direct: direct.id, closed: closed.id };
  let files: Files | undefined;
  await sql.begin(async (tx) => {
    await clear(tx);
    await makeContacts(tx, pairs);
    await tx`insert into blocks (user_id, blocked_id) values (${owner}, ${blocked})`;
    await tx`insert into contact_requests (id, from_id, to_id)
      values (${request}, ${people.stranger}, ${owner})`;
    await makeGroup(tx, group, people);
    await makeInvites(tx, group, people, tokens);
    for (const name of NAMES) {
      const session = { id: idleSessions[name], userId: people[name], device: "", ip: "" };
      await insertSession(tx, session);
    }
    files = await restoreFiles(tx, people, places, contents);
  });
  if (files === undefined) throw new Error("the world was not made");
  return {
    people,
    ...places,
    request,
    invites: tokens,
    idleSessions,
    seqs: SEQS,
    files,
    contents,
  };
}

type Pair = { id: Id; one: Id; other: Id };

function pairOf(one: Id, other: Id): Pair {
  return { id: newId(), one, other };
}

async function clear(tx: Transaction): Promise<void> {
  await tx`delete from contacts`;
  await tx`delete from blocks`;
  await tx`delete from contact_requests`;
  await tx`delete from invites`;
  await tx`delete from security_events`;
  await tx`delete from messages`;
  await tx`delete from conversations`;
  await tx`update users set display_name = username, bio = '', avatar = null
    where display_name <> username or bio <> '' or avatar is not null`;
  await tx`update users set disabled_at = null where disabled_at is not null`;
}

/** Each with a conversation in which both have said something. */
async function makeContacts(tx: Transaction, pairs: readonly Pair[]): Promise<void> {
  const rows = JSON.stringify(pairs);
  await tx`insert into conversations (id, kind, member_count, seq, rev)
    select p.id, 'direct', 2, 3, 3
    from jsonb_to_recordset(${rows}::text::jsonb) as p(id uuid)`;
  await tx`insert into direct_conversations (low_id, high_id, conversation_id)
    select least(p.one, p.other), greatest(p.one, p.other), p.id
    from jsonb_to_recordset(${rows}::text::jsonb) as p(id uuid, one uuid, other uuid)`;
  await tx`insert into members (conversation_id, user_id)
    select p.id, u from jsonb_to_recordset(${rows}::text::jsonb) as p(id uuid, one uuid, other uuid),
      unnest(array[p.one, p.other]) u`;
  await tx`insert into contacts (user_id, contact_id, conversation_id)
    select a, b, p.id
    from jsonb_to_recordset(${rows}::text::jsonb) as p(id uuid, one uuid, other uuid),
      lateral (values (p.one, p.other), (p.other, p.one)) as both_ways(a, b)`;
  await insertMessages(
    tx,
    pairs.flatMap(({ id, one, other }) => [
      { conversation: id, seq: 1, sender: other, event: { type: "contact", by: other } },
      { conversation: id, seq: 2, sender: one },
      { conversation: id, seq: 3, sender: other },
    ]),
  );
}

async function makeGroup(tx: Transaction, id: Id, people: People): Promise<void> {
  const { owner, admin, otherAdmin, other, member } = people;
  const exMember = people["ex-member"];
  await tx`insert into conversations (id, kind, title, member_count, seq, rev, members_rev)
    values (${id}, 'group', 'A group', 5, ${SEQS.last}, ${SEQS.last}, 4)`;
  await tx`insert into members (conversation_id, user_id, role, joined_seq)
    values (${id}, ${owner}, 'owner', 0), (${id}, ${admin}, 'admin', 0),
      (${id}, ${otherAdmin}, 'admin', 0), (${id}, ${other}, 'member', 0),
      (${id}, ${member}, 'member', ${JOINED_SEQ})`;
  const said: { sender: Id; event?: object }[] = [
    { sender: owner, event: { type: "created", by: owner, title: "A group" } },
    { sender: exMember },
    { sender: other },
    { sender: owner, event: { type: "joined", by: owner, users: [member] } },
    { sender: owner },
    { sender: admin },
    { sender: member },
    { sender: other },
    { sender: owner, event: { type: "removed", by: owner, users: [exMember] } },
  ];
  await insertMessages(tx, said.map((one, n) => ({ conversation: id, seq: n + 1, ...one })));
  await tx`update messages set pinned_at = now()
    where conversation_id = ${id} and seq in (${SEQS.unseen}, ${SEQS.ofOwner})`;
}

type Said = { conversation: Id; seq: number; sender: Id; event?: object };

async function insertMessages(tx: Transaction, said: readonly Said[]): Promise<void> {
  const rows = JSON.stringify(said.map((one) => ({ ...one, id: newId(), client: newId() })));
  await tx`insert into messages (conversation_id, seq, rev, id, sender_id, client_id, kind, text,
      event, created_at)
    select m.conversation, m.seq, m.seq, m.id, m.sender, m.client,
      case when m.event is null then 'text' else 'system' end,
      case when m.event is null then 'message ' || m.seq else '' end, m.event, clock_timestamp()
    from jsonb_to_recordset(${rows}::text::jsonb) as m(conversation uuid, seq bigint, id uuid,
      sender uuid, client uuid, event jsonb)`;
}

async function makeInvites(
  tx: Transaction,
  group: Id,
  { owner, other }: People,
  tokens: World["invites"],
): Promise<void> {
  const rows = JSON.stringify([
    { token: tokens.group, group, maker: owner, seconds: 3600 },
    { token: tokens.groupEnded, group, maker: owner, seconds: -1 },
    { token: tokens.groupUsedUp, group, maker: owner, seconds: 3600, most: 1 },
    { token: tokens.groupOfNoAdmin, group, maker: other, seconds: 3600 },
    { token: tokens.personal, maker: owner, seconds: 3600 },
    { token: tokens.personalEnded, maker: owner, seconds: -1 },
  ].map(({ token, ...row }) => ({ ...row, hash: hashToken(token) })));
  await tx`insert into invites (hash, conversation_id, created_by, uses, max_uses, expires_at)
    select i.hash, i."group", i.maker, coalesce(i.most, 0), i.most,
      clock_timestamp() + make_interval(secs => i.seconds)
    from jsonb_to_recordset(${rows}::text::jsonb) as i(hash text, "group" uuid, maker uuid,
      seconds int, most int)`;
}

/**
 * Of everything that is stored, table by table, but for what any request may touch: so a table that
 * is new is looked at as well.
 */
export async function readDigest(sql: Sql): Promise<Record<string, string>> {
  const tables = await sql<{ name: string }[]>`
    select relname as name from pg_class
    where relkind = 'r' and relnamespace = current_schema()::regnamespace
      and relname not in ('sessions', 'tickets')`;
  const digests = tables.map(({ name }) =>
    `select '${name}' as name,
    md5(coalesce(string_agg(x::text, '|' order by x::text), '')) as digest from ${name} x`
  );
  const rows = await sql.unsafe<{ name: string; digest: string }[]>(digests.join(" union all "));
  return Object.fromEntries(rows.map(({ name, digest }) => [name, digest]));
}
