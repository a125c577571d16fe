/** One list of operations at one server: new people, a new world, and what it has come to. */
import { newId } from "../../lib/ids.ts";
import { isDeepStrictEqual } from "node:util";
import { seedUser } from "../support/seed.ts";
import { seedFile } from "../support/seed_file.ts";
import { type Actor, openActor } from "./actor.ts";
import { checkReply, compareAll } from "./compare.ts";
import { checkHeard } from "./heard.ts";
import { createNames } from "./names.ts";
import { type Observer, openObserver } from "./observer.ts";
import { PEOPLE, type Scene } from "./operation.ts";
import type { Step } from "./operations.ts";
import { prologue } from "./prologue.ts";
import type { ModelServer } from "./server.ts";
import type { Tally } from "./tally.ts";
import { createWorld, type Name, type World } from "./world.ts";

/** People who have a real client as well. */
const OBSERVED = 2;

/** @throws Error where the server and the model part ways */
export async function run(
  server: ModelServer,
  steps: readonly Step[],
  tally: Tally,
): Promise<void> {
  await using cleanup = new AsyncDisposableStack();
  const ids = Array.from({ length: PEOPLE }, () => newId()).sort();
  const names = createNames(newId());
  const actors = new Map<Name, Actor>();
  const observers = new Map<Name, Observer>();
  const files: World["files"] = [];
  for (const [n, id] of ids.entries()) {
    names.bind(`p${n}`, id);
    await seedUser(server.database.sql, undefined, id);
    const attachment = await seedFile(server.database.sql, id);
    names.bind(`f${n}`, attachment.id);
    files.push({ owner: `p${n}`, attachment: { ...attachment, id: `f${n}` } });
    const person = await server.person(id);
    actors.set(`p${n}`, cleanup.use(await openActor(server.origin, person)));
    if (n >= OBSERVED) continue;
    observers.set(`p${n}`, cleanup.use(await openObserver(server.origin, person)));
  }
  const scene: Scene = {
    world: createWorld([...actors.keys()], files),
    names,
    tally,
    started: Date.now(),
    actor: (person) => {
      const actor = actors.get(person);
      if (actor === undefined) throw new Error(`there is no ${person}`);
      return actor;
    },
    isObserved: (person) => observers.has(person),
    cut: (person) => observers.get(person)?.cut(),
    age: (minutes) => age(server, ids, minutes),
  };
  const said: string[] = [];
  try {
    for (const step of [...prologue, ...steps]) await take(scene, step, said);
    await compareAll(scene, scene.world);
    await checkHeard(scene, scene.world);
    for (const [person, observer] of observers) {
      await observer.converge(scene, scene.world, person);
    }
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    throw new Error([...said, what].join("\n"), { cause: error });
  }
}

/** @param said what was done, for whoever wants to know how it came about */
async function take(scene: Scene, { first, second }: Step, said: string[]): Promise<void> {
  const deeds = [first, ...second === undefined ? [] : [second]].map((each) => each.prepare(scene));
  said.push(deeds.map((deed) => deed.said).join(", at the same moment "));
  const replies = await Promise.all(deeds.map(async (deed) => ({
    deed,
    reply: await deed.perform(),
  })));
  const check = (world: World, order: typeof replies) => {
    for (const { deed, reply } of order) checkReply(scene, deed.expect(world), reply);
  };
  for (const { deed, reply } of replies) scene.tally.count(deed.what, reply.code);
  if (second === undefined) return check(scene.world, replies);
  scene.world = await firstThatFits(
    scene,
    [replies, replies.toReversed()].map((order) => () => {
      const world = structuredClone(scene.world);
      check(world, order);
      return world;
    }),
  );
}

/** Of two orders in which something may have happened, one that everybody has seen. */
async function firstThatFits(scene: Scene, orders: readonly (() => World)[]): Promise<World> {
  const worlds: World[] = [];
  const problems: unknown[] = [];
  for (const order of orders) {
    try {
      worlds.push(order());
    } catch (error) {
      problems.push(error);
    }
  }
  const [one, other] = worlds;
  if (one !== undefined && (other === undefined || isDeepStrictEqual(one, other))) return one;
  // The answers are the same in either order; what they led to is not.
  for (const world of worlds) {
    try {
      await compareAll(scene, world);
      return world;
    } catch (error) {
      problems.push(error);
    }
  }
  throw new Error(`in either order:\n${problems.join("\nor\n")}`);
}

async function age({ database: { sql } }: ModelServer, ids: string[], minutes: number) {
  const people = `{${ids.join()}}`;
  await sql.begin(async (tx) => {
    const rooms = await tx<{ id: string }[]>`
      update conversations set members_rev = members_rev + 1 where id in (
        select conversation_id from messages where sender_id = any(${people}::text::uuid[]))
      returning id`;
    const all = `{${rooms.map(({ id }) => id).join()}}`;
    await tx`update messages set created_at = created_at - make_interval(mins => ${minutes})
      where conversation_id = any(${all}::text::uuid[])`;
    await tx`update members set silenced_until = silenced_until - make_interval(mins => ${minutes})
      where conversation_id = any(${all}::text::uuid[])`;
    await tx`update invites set expires_at = expires_at - make_interval(mins => ${minutes})
      where created_by = any(${people}::text::uuid[])`;
  });
}
