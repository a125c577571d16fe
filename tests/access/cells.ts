/** Tries the cells of the matrix, one after another, and says which came out otherwise. */
import type { Id } from "../../lib/protocol/model.ts";
import { arrayLiteral, type Sql } from "../../lib/sql/open.ts";
import { type Case, isRefusal } from "./ask.ts";
import type { Stage } from "./stage.ts";
import { type Kind, KINDS, readDigest, type World } from "./world.ts";

export type Cell<Ask> = {
  /** For whoever reads of a failure. */
  title: string;
  row: Case<Ask>;
  kind: Kind;
  expected: string;
  /** Whether it is to change nothing and tell nobody also where it is not refused. */
  reads: boolean;
};

/** @param perform asks, and says what the cell does of the answer */
export async function tryCells<Ask>(
  stage: Stage,
  cells: readonly Cell<Ask>[],
  perform: (cell: Cell<Ask>, world: World) => Promise<string>,
): Promise<string[]> {
  const { sql } = stage.database;
  const problems: string[] = [];
  let world = await stage.restore();
  let before = await readDigest(sql);
  let members = await readMembers(sql, world);
  let untouched = true;
  const earlier = new Set<string>();
  for (const cell of cells) {
    const { title, row, kind, expected } = cell;
    const complain = (what: string) => problems.push(`${title} as ${kind}: ${what}`);
    if (!untouched || row.arrange !== undefined) {
      world = await stage.restore();
      await row.arrange?.(sql, world);
      before = await readDigest(sql);
      members = await readMembers(sql, world);
    }
    const answered = await perform(cell, world);
    const told = await stage.told();
    const { bus } = told;
    const sockets = withoutLateHeads(told.sockets, world, members, earlier);
    const heard = [...sockets].some(([hearer, frames]) => hearer !== kind && frames.length > 0);
    const tells = row.heard === true && !isRefusal(answered);
    const outcome = tells ? `${answered} ${heard ? "heard" : "unheard"}` : answered;
    const after = await readDigest(sql);
    const changed = Object.keys(after).filter((table) => after[table] !== before[table]);
    untouched = changed.length === 0 && row.arrange === undefined;
    if (outcome !== expected) complain(`${outcome}, not ${expected}`);
    if (isRefusal(outcome) || cell.reads) {
      if (changed.length > 0) complain(`changed ${changed.join(", ")}`);
      if (bus.length > 0) complain(`told ${bus.join()}`);
      for (const [hearer, frames] of sockets) {
        if (frames.length > 0) complain(`the ${hearer} heard ${frames.join()}`);
      }
    }
    const allowed = untouched ? members : members.union(await readMembers(sql, world));
    for (const membership of allowed) earlier.add(membership);
    for (const [hearer, frames] of sockets) {
      for (const conversation of frames.flatMap(conversationsOf)) {
        if (allowed.has(`${conversation} ${world.people[hearer]}`)) continue;
        complain(`the ${hearer} heard of a conversation that is not theirs`);
      }
    }
  }
  return problems;
}

/**
 * A digest comes once a second, and a node that learns by it who came somewhere sends them a head: on a
 * busy machine when the world has been put back, and they are not there any more.
 */
function withoutLateHeads(
  sockets: ReadonlyMap<Kind, string[]>,
  { people }: World,
  members: ReadonlySet<string>,
  earlier: ReadonlySet<string>,
): ReadonlyMap<Kind, string[]> {
  const isLate = (hearer: Kind) => (text: string) => {
    const { type, conversation } = JSON.parse(text);
    const membership = `${conversation} ${people[hearer]}`;
    return type === "head" && !members.has(membership) && earlier.has(membership);
  };
  return new Map(
    [...sockets].map(([hearer, frames]) => [
      hearer,
      frames.filter((frame) => !isLate(hearer)(frame)),
    ]),
  );
}

/** Every membership, as text: those of people who come in through a cell among them. */
async function readMembers(sql: Sql, { people }: World): Promise<Set<string>> {
  const rows = await sql<{ membership: string }[]>`
    select conversation_id || ' ' || user_id as membership from members
    where user_id = any(${arrayLiteral(KINDS.map((kind) => people[kind]))}::uuid[])`;
  return new Set(rows.map(({ membership }) => membership));
}

function conversationsOf(text: string): Id[] {
  const { conversation, message }: {
    conversation?: Id | { id: Id };
    message?: { conversation: Id };
  } = JSON.parse(text);
  const own = typeof conversation === "object" ? conversation.id : conversation;
  return [own, message?.conversation].filter((id) => id !== undefined);
}
