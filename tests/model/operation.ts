/**
 * Something that somebody does: plain data with small numbers, which are made into people,
 * conversations and messages only when it is done. So any part of a list of operations is a list of
 * operations too, and a failing one can be made smaller.
 */
import fc from "fast-check";
import type { Message } from "../../lib/protocol/model.ts";
import type { Actor, Reply } from "./actor.ts";
import type { Names } from "./names.ts";
import type { Tally } from "./tally.ts";
import type { Name, Outcome, Room, World } from "./world.ts";

/** Decided: by whom and on what. */
export type Deed = {
  what: string;
  /** For the record. */
  said: string;
  /** What the contract asks for; changes the world that it is given. */
  expect(world: World): Outcome;
  perform(): Promise<Reply>;
};

export type Scene = {
  world: World;
  names: Names;
  actor(person: Name): Actor;
  /** Real milliseconds when all began: what a time is told from. */
  started: number;
  tally: Tally;
  /** Whether a real client acts for this person, too: it says by itself what it has received. */
  isObserved(person: Name): boolean;
  /** Cuts that client's connection. */
  cut(person: Name): void;
  /** Makes everything that is in the database older, in place of waiting. */
  age(minutes: number): Promise<void>;
};

export type Operation = { prepare(scene: Scene): Deed };

/** What an operation is made of when it comes to be done. */
export type Part = Scene & { by: Name; self: Actor };

/**
 * @param fields what chance chooses
 * @param plan what to do then
 */
export function operation<F extends object>(
  what: string,
  fields: { [K in keyof F]: fc.Arbitrary<F[K]> },
  plan: (part: Part, chosen: F) => Omit<Deed, "what" | "said"> & { about?: unknown },
): fc.Arbitrary<Operation> {
  return fc.tuple(fc.nat(PEOPLE - 1), fc.record(fields) as fc.Arbitrary<F>).map((
    [who, chosen],
  ) => ({
    prepare: (scene) => {
      const by = scene.world.people[who] ?? "";
      const { about, ...deed } = plan({ ...scene, by, self: scene.actor(by) }, chosen);
      return { what, said: `${by} ${what} ${JSON.stringify(about ?? chosen)}`, ...deed };
    },
    toJSON: () => ({ what, who, ...chosen }),
  }));
}

export const PEOPLE = 6;

/** Numbers that mean something only when they meet a world. */
export const some = fc.nat(99);
export const word = fc.constantFrom("ja", "nein", "vielleicht", "👍🏽 ok");
export const flag = fc.boolean();

/** Somebody, seldom nobody. */
export function personOf({ world }: Scene, n: number): Name {
  return n === 99 ? "nobody" : world.people[n % world.people.length] ?? "";
}

/** Mostly one of one's own conversations; sometimes any, seldom none. */
export function roomFor(part: Part, n: number): Name {
  return pickRoom(part, part.world.rooms, n);
}

function pickRoom({ by }: Part, rooms: readonly Room[], n: number): Name {
  const own = rooms.filter(({ members }) => members.has(by));
  const from = n % 5 === 0 || own.length === 0 ? rooms : own;
  return n === 99 ? "none" : from[Math.floor(n / 5) % from.length]?.name ?? "none";
}

/** As above, of groups where there are some; rather of those that one has a say in. */
export function groupFor(part: Part, n: number): Name {
  const groups = part.world.rooms.filter(({ kind }) => kind === "group");
  const ruled = groups.filter(({ members }) =>
    (members.get(part.by)?.role ?? "member") !== "member"
  );
  if (n % 2 === 1 && ruled.length > 0) return pickRoom(part, ruled, n);
  return pickRoom(part, n % 11 === 0 || groups.length === 0 ? part.world.rooms : groups, n);
}

/** As above, of those in which something was said. */
export function talkFor(part: Part, n: number): Name {
  const talks = part.world.rooms.filter(({ log }) => log.some(({ kind }) => kind !== "system"));
  return pickRoom(part, talks.length === 0 ? part.world.rooms : talks, n);
}

/** Somebody in the conversation, sometimes somebody else. */
export function memberFor(part: Part, room: Name, n: number): Name {
  const members = [...findRoom(part.world, room)?.members.keys() ?? []];
  return n % 6 === 0 ? personOf(part, n) : members[n % members.length] ?? personOf(part, n);
}

/** One of the latest messages, or of one's own, or of those that there are not. */
export function seqFor({ world, by }: Part, name: Name, n: number): number {
  const log = findRoom(world, name)?.log ?? [];
  if (n % 20 === 19) return log.length + 1;
  const fits = (message: Message) => n % 2 === 0 || message.sender === by;
  const from = log.filter((message) => message.kind !== "system" && fits(message));
  const back = Math.floor(n / 2) % 8;
  // Seldom what the log itself said.
  const said = n % 10 === 8 ? undefined : from.at(-1 - back) ?? from.at(-1);
  return said?.seq ?? Math.max(1, log.length - back);
}

export function findRoom(world: World, name: Name): Room | undefined {
  return world.rooms.find((each) => each.name === name);
}
