/** What is measured, under which load, and what one unit of it is. */
import type { Load } from "./generator/order.ts";
import { PASSWORD } from "./seed.ts";
import { parley } from "./systems/parley.ts";
import { relay } from "./systems/relay.ts";
import type { Setting, System } from "./systems/system.ts";

export type Scenario = {
  name: string;
  /** For the report. */
  title: string;
  /** What `perSecond` counts, and what CPU time is divided by. */
  unit: "message" | "delivery" | "page" | "sign-in" | "connection";
  setting: Setting;
  load: Load;
  seconds: number;
  warmUpSeconds: number;
  systems: readonly System[];
  /** Whether a quick run repeats it. */
  quick: boolean;
};

const everywhere = [parley("postgresql"), parley("embedded")];

export const scenarios: readonly Scenario[] = [
  {
    name: "W1",
    title: "18,000 idle connections in one process",
    unit: "connection",
    setting: { count: 18_000, seating: "pairs", length: 0 },
    load: { kind: "idle" },
    seconds: 10,
    warmUpSeconds: 0,
    systems: [relay(false), parley("postgresql")],
    quick: false,
  },
  {
    name: "W3",
    title: "one group of 1,000, all online, 20 of them sending",
    unit: "delivery",
    setting: { count: 1_000, seating: "group", length: 0 },
    load: { kind: "group", senders: 20 },
    seconds: 8,
    warmUpSeconds: 3,
    systems: [relay(false), ...everywhere],
    quick: true,
  },
  {
    name: "W4",
    title: "one to one, durable, saturated: 1,000 connections, each with one message under way",
    unit: "message",
    setting: { count: 1_000, seating: "pairs", length: 0 },
    load: { kind: "saturated" },
    seconds: 8,
    warmUpSeconds: 4,
    systems: [relay(false), relay(true), ...everywhere],
    quick: true,
  },
  {
    name: "W4-paced",
    title: "one to one, durable: 1,000 messages a second over 10,000 connections",
    unit: "message",
    setting: { count: 10_000, seating: "pairs", length: 0 },
    load: { kind: "paced", perSecond: 1_000 },
    seconds: 15,
    warmUpSeconds: 5,
    systems: [relay(true), ...everywhere],
    quick: false,
  },
  {
    name: "W5-sign-in",
    title: "sign in by password until ready, one after the other",
    unit: "sign-in",
    setting: { count: 200, seating: "pairs", length: 0 },
    load: { kind: "sign-in", password: PASSWORD, times: 200 },
    seconds: 0,
    warmUpSeconds: 0,
    systems: everywhere,
    quick: false,
  },
  {
    name: "W5-reconnect",
    title: "10,000 cut off and back at once, each with 3 messages missed",
    unit: "connection",
    setting: { count: 10_000, seating: "pairs", length: 0 },
    load: { kind: "reconnect", missed: 3 },
    seconds: 0,
    warmUpSeconds: 0,
    systems: everywhere,
    quick: false,
  },
  ...(["sync", "history"] as const).map((kind): Scenario => ({
    name: `W6-${kind}`,
    title: kind === "sync"
      ? "100 people catching up, 100 changes a page"
      : "100 people scrolling back, 50 messages a page",
    unit: "page",
    setting: { count: 100, seating: "pairs", length: 2_000 },
    load: { kind, length: 2_000 },
    seconds: 6,
    warmUpSeconds: 2,
    systems: everywhere,
    quick: false,
  })),
];
