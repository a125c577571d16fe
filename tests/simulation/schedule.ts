/** What a simulation is made of: who there is, what befalls them, and in which order. */
import fc from "fast-check";
import { FOLLOWED, NAMED } from "../../lib/bus/audience.ts";

/** What happens, and then the milliseconds until the next. Numbers pick modulo what there is. */
export type Step = { then: number } & Deed;

type Deed =
  | { do: "send"; device: number; room: number; count: number }
  | { do: "open" | "older" | "read" | "close"; device: number; room: number }
  /** Of one of the newest messages, counted back from the last. */
  | { do: "edit" | "recall" | "react"; device: number; room: number; back: number }
  | { do: "burst"; person: number; room: number; count: number }
  | { do: "cut" | "cut-at-answer" | "freeze" | "restart"; device: number }
  /** Between the use of a ticket and the start of its connection, or now; nodes are told or not. */
  | { do: "end-session"; device: number; starting: boolean; told: boolean }
  | { do: "offline"; device: number; ms: number }
  | { do: "kill" | "kill-at-commit"; node: number; ms: number }
  | { do: "drain"; node: number; ms: number }
  | { do: "partition"; node: number; ms: number; noticed: boolean }
  | { do: "remove" | "add"; person: number; room: number }
  | { do: "rejoin"; person: number; room: number; ms: number }
  | { do: "show"; room: number; visible: boolean }
  | { do: "database-down"; ms: number }
  /** The database goes back by so many steps. */
  | { do: "restore"; back: number }
  | { do: "wait" };

export type Schedule = {
  seed: number;
  nodes: number;
  /** Devices of each person. */
  people: readonly number[];
  rooms: number;
  weather: {
    slowness: number;
    statementLost: number;
    collision: number;
    digestLost: number;
    envelopeLost: number;
    envelopeDoubled: number;
    requestLost: number;
  };
  steps: readonly Step[];
  /** Members of every conversation who have no devices: they make it as large as nodes follow by itself. */
  ghosts: number;
};

/** Milliseconds: longer than a node may be silent before the others ask the database. */
export const LONGEST_OUTAGE = 6_000;

const pick = fc.nat({ max: 11 });
/** At once, within the time of a frame or of a gap's patience, and within that of a digest. */
const pause = fc.oneof(
  { weight: 4, arbitrary: fc.constant(0) },
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 40 }) },
  { weight: 3, arbitrary: fc.integer({ min: 40, max: 500 }) },
  { weight: 1, arbitrary: fc.integer({ min: 500, max: 5_000 }) },
);
const outage = fc.oneof(
  fc.integer({ min: 1, max: 400 }),
  fc.integer({ min: 400, max: LONGEST_OUTAGE }),
);
const at = { then: pause };

const deeds = {
  send: fc.record({
    ...at,
    do: fc.constant("send" as const),
    device: pick,
    room: pick,
    count: fc.integer({ min: 1, max: 4 }),
  }),
  look: fc.record({
    ...at,
    do: fc.constantFrom(
      "open" as const,
      "open" as const,
      "older" as const,
      "read" as const,
      "close" as const,
    ),
    device: pick,
    room: pick,
  }),
  change: fc.record({
    ...at,
    do: fc.constantFrom("recall" as const, "recall" as const, "edit" as const, "react" as const),
    device: pick,
    room: pick,
    back: fc.nat({ max: 3 }),
  }),
  burst: fc.record({
    ...at,
    do: fc.constant("burst" as const),
    person: pick,
    room: pick,
    count: fc.integer({ min: 2, max: 6 }),
  }),
  device: fc.record({
    ...at,
    do: fc.constantFrom(
      "cut" as const,
      "cut-at-answer" as const,
      "freeze" as const,
      "restart" as const,
    ),
    device: pick,
  }),
  endSession: fc.record({
    ...at,
    do: fc.constant("end-session" as const),
    device: pick,
    starting: fc.boolean(),
    told: fc.boolean(),
  }),
  offline: fc.record({ ...at, do: fc.constant("offline" as const), device: pick, ms: outage }),
  node: fc.record({
    ...at,
    do: fc.constantFrom("kill" as const, "kill-at-commit" as const, "drain" as const),
    node: pick,
    ms: outage,
  }),
  partition: fc.record({
    ...at,
    do: fc.constant("partition" as const),
    node: pick,
    ms: outage,
    noticed: fc.boolean(),
  }),
  member: fc.record({
    ...at,
    do: fc.constantFrom("remove" as const, "add" as const),
    person: pick,
    room: pick,
  }),
  rejoin: fc.record({
    ...at,
    do: fc.constant("rejoin" as const),
    person: pick,
    room: pick,
    ms: outage,
  }),
  show: fc.record({ ...at, do: fc.constant("show" as const), room: pick, visible: fc.boolean() }),
  database: fc.record({ ...at, do: fc.constant("database-down" as const), ms: outage }),
  restore: fc.record({
    ...at,
    do: fc.constant("restore" as const),
    back: fc.integer({ min: 1, max: 10 }),
  }),
  wait: fc.record({ ...at, do: fc.constant("wait" as const) }),
};

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 14, arbitrary: deeds.send },
  { weight: 4, arbitrary: deeds.look },
  { weight: 3, arbitrary: deeds.change },
  { weight: 2, arbitrary: deeds.burst },
  { weight: 5, arbitrary: deeds.device },
  { weight: 1, arbitrary: deeds.endSession },
  { weight: 1, arbitrary: deeds.offline },
  { weight: 2, arbitrary: deeds.node },
  { weight: 2, arbitrary: deeds.partition },
  { weight: 2, arbitrary: deeds.member },
  { weight: 2, arbitrary: deeds.rejoin },
  { weight: 1, arbitrary: deeds.show },
  { weight: 1, arbitrary: deeds.database },
  { weight: 1, arbitrary: deeds.restore },
  { weight: 2, arbitrary: deeds.wait },
);

/** Mostly nothing of a kind goes wrong, so that each kind is also seen alone. */
const rarely = (...chances: number[]) => fc.constantFrom(0, 0, ...chances);

export const schedules: fc.Arbitrary<Schedule> = fc.record({
  seed: fc.nat({ max: 0xffff }),
  nodes: fc.constantFrom(2, 1, 3),
  people: fc.constantFrom([1, 1], [2, 1], [1, 1, 1], [2, 2], [2, 1, 1]),
  rooms: fc.constantFrom(1, 2),
  weather: fc.record({
    slowness: fc.constantFrom(20, 1, 100, 400),
    statementLost: rarely(0.05, 0.3),
    collision: rarely(0.1),
    digestLost: rarely(0.3),
    envelopeLost: rarely(0.1, 0.5),
    envelopeDoubled: rarely(0.2),
    requestLost: rarely(0.1, 0.3),
  }),
  steps: fc.array(step, { minLength: 4, maxLength: 30, size: "max" }),
  // Followed at times, named one by one at times, and neither ever.
  ghosts: fc.constantFrom(0, 0, FOLLOWED - 2, NAMED - 2, 2 * NAMED),
});
