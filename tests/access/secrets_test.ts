/** Nobody can tell what exists and is not theirs from what does not exist. */
import assert from "node:assert/strict";
import { newId } from "../../lib/ids.ts";
import { newToken } from "../../lib/tokens.ts";
import { askRoute, type FrameAsk, outcomeOfFrame, type RouteAsk } from "./ask.ts";
import { frameCases } from "./cases/frames.ts";
import { routeCases } from "./cases/routes.ts";
import { readMatrix } from "./matrix.ts";
import { type Stage, testOnStage } from "./stage.ts";
import { type Kind, KINDS, type World } from "./world.ts";

const { routes, frames } = await readMatrix();

/** What is said of what does not exist. */
const SAYS_NOTHING = new Set(["not-member", "not-found"]);

testOnStage("over HTTP what is not one's own is to the byte what does not exist", async (stage) => {
  const world = await openWorld(stage);
  const problems: string[] = [];
  let pairs = 0;
  for (const { name, what, cells } of routes) {
    const row = routeCases[name]?.[what];
    if (row === undefined) throw new Error(`nobody knows how to ask ${name}: ${what}`);
    for (const kind of KINDS.filter((one) => SAYS_NOTHING.has(cells[one]))) {
      const ask = row.ask(world, kind);
      const { token } = stage.credentials(kind);
      const perform = (one: RouteAsk) => async () => {
        const { status, headers, text } = await askRoute(stage.origin, name, one, token);
        return `${status}\n${headers}\n${text}`;
      };
      for (const [place, id] of (ask.path ?? []).entries()) {
        // Whoever is told that somebody is not in a group is in it themselves.
        if (cells[kind] === "not-found" && id === world.group) continue;
        // And of a contact request both sides know.
        if (id === world.request && (kind === "stranger" || kind === "owner")) continue;
        const path = ask.path?.with(place, madeUpLike(id)) ?? [];
        pairs++;
        // Who has an account is no secret: there the answers are alike, but not the work.
        const isPerson = Object.values(world.people).includes(id);
        const other = perform({ ...ask, path });
        const difference = await compare(stage, perform(ask), other, !isPerson);
        if (difference) problems.push(`${name} ${what} as ${kind}, :${place}: ${difference}`);
      }
    }
  }
  assert.deepEqual(problems, []);
  assert.ok(pairs > 200, `only ${pairs} pairs`);
});

testOnStage("by frames what is not one's own is to the byte what does not exist", async (stage) => {
  const world = await openWorld(stage);
  const problems: string[] = [];
  let pairs = 0;
  for (const { name, what, cells } of frames) {
    const row = frameCases[name]?.[what];
    if (row === undefined) throw new Error(`nobody knows how to ask ${name}: ${what}`);
    for (const kind of KINDS) {
      const frame = row.ask(world, kind);
      const perform = (one: FrameAsk) => () => stage.socket(kind).ask({ type: name, ...one });
      const others: FrameAsk[] = [];
      if (cells[kind] === "not-member") others.push({ ...frame, conversation: newId() });
      // What was said before somebody came.
      for (const field of ["seq", "replyTo"]) {
        if (frame[field] !== world.seqs.unseen || kind !== "member") continue;
        others.push({ ...frame, [field]: world.seqs.none });
      }
      for (const other of others) {
        pairs++;
        const difference = await compare(stage, perform(frame), perform(other));
        if (difference) problems.push(`${name} ${what} as ${kind}: ${difference}`);
      }
    }
  }
  assert.deepEqual(problems, []);
  assert.ok(pairs > 200, `only ${pairs} pairs`);
});

testOnStage("nobody can tell a block from what else keeps two people apart", async (stage) => {
  const world = await stage.restore();
  const { people, closed, direct, group, invites } = world;
  const { sql } = stage.database;
  // Now the contact is one no more, and the blocked one is blocked.
  await sql`delete from contacts where ${people.contact} in (user_id, contact_id)`;
  const written: string[] = [];
  for (const [name, ways] of Object.entries(frameCases)) {
    const row = ways["a text in the group"] ?? ways["one's own"];
    if (row === undefined || !name.startsWith("message.")) continue;
    // They said the third message of their conversation with the owner.
    const { seq, ...fields } = row.ask(world, "member");
    const ask = (kind: "contact" | "blocked", conversation: string) =>
      stage.socket(kind)
        .ask({ type: name, ...fields, ...(seq !== undefined && { seq: 3 }), conversation });
    written.push(name);
    const answer = await ask("blocked", closed);
    assert.equal(outcomeOfFrame(answer), "not-contact", name);
    assert.equal(await ask("contact", direct), answer, name);
  }
  assert.ok(written.length >= 5, `only ${written.join()}`);
  const same = async (name: string, kind: Kind, asks: readonly RouteAsk[]) => {
    const { token } = stage.credentials(kind);
    const answers = await Promise.all(asks.map(async (ask) => {
      const { status, headers, text } = await askRoute(stage.origin, name, ask, token);
      return `${status}\n${headers}\n${text}`;
    }));
    assert.deepEqual(answers, Array(asks.length).fill(answers[0]), name);
    return answers[0] ?? "";
  };
  const kept = [people.blocked, people.nobody, people.contact, newId()];
  const added = kept.map((user) => ({ path: [group], body: { users: [user] } }));
  assert.match(await same("POST /conversations/:id/members", "owner", added), /not-contact/);
  const made = kept.map((user) => ({ body: { kind: "group", title: "New", members: [user] } }));
  assert.match(await same("POST /conversations", "owner", made), /not-contact/);
  const { personal, personalEnded, groupEnded, groupUsedUp, groupOfNoAdmin } = invites;
  const gone = [personal, personalEnded, groupEnded, groupUsedUp, groupOfNoAdmin];
  for (const name of ["GET /invites/:token", "POST /invites/:token/accept"]) {
    assert.match(await same(name, "blocked", gone.map((token) => ({ path: [token] }))), /gone/);
  }
});

/** Conversations in which something was just said, as those that are worth looking for are. */
async function openWorld(stage: Stage): Promise<World> {
  const world = await stage.restore();
  for (const conversation of [world.group, world.direct, world.closed]) {
    await stage.socket("owner").ask({ type: "receipt.read", conversation, seq: 1 });
    const text = { clientId: newId(), kind: "text", text: "hello" };
    await stage.socket("owner").ask({ type: "message.send", conversation, ...text });
  }
  await stage.told();
  return world;
}

function madeUpLike(id: string): string {
  return id.includes("-") && id.length === 36 ? newId() : newToken();
}

/** Now and then something comes between that has nothing to do with either. */
const TRIES = 4;

/** How two answers differ, or the numbers of the statements that led to them. */
async function compare(
  { tap }: Stage,
  one: () => Promise<string>,
  other: () => Promise<string>,
  sameWork = true,
): Promise<string | undefined> {
  let difference: string | undefined;
  for (let again = 0; again < TRIES; again++) {
    const first = await tap.record(one);
    const second = await tap.record(other);
    if (first.result !== second.result) return `${first.result}\nis not\n${second.result}`;
    if (!sameWork || first.statements.length === second.statements.length) return undefined;
    const shown = [first, second].map(({ statements }) => statements.map(begin).join(" · "));
    difference = `the same answer after more or fewer statements: ${shown.join(" instead of ")}`;
  }
  return difference;
}

function begin(statement: string): string {
  return statement.trim().replaceAll(/\s+/g, " ").slice(0, 60);
}
