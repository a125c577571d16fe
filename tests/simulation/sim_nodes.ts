import { type ChatNode, startChatNode } from "../../chat/node.ts";
import { type Announcer, startAnnouncer } from "../../lib/bus/announcer.ts";
import type { ServerFrame } from "../../lib/protocol/frames.ts";
import type { Id } from "../../lib/protocol/model.ts";
import type { Log } from "../../lib/log.ts";
import type { Timers } from "../../lib/timers.ts";
import { createNoStatus } from "../support/fake_services.ts";
import { createReport } from "../support/speaking_node.ts";
import type { MemoryStore } from "../support/memory_store.ts";
import type { Chance } from "./chance.ts";
import type { SimBus } from "./sim_bus.ts";
import type { Place } from "./sim_network.ts";
import { createSimStore } from "./sim_store.ts";
import type { SimTime } from "./time.ts";
import type { Weather } from "./weather.ts";
import type { Witness } from "./witness.ts";

/** The chat nodes: real ones, of which only time, database, bus and sockets are simulated. */
export interface SimNodes {
  readonly names: readonly string[];
  /** Those that are up. */
  up(): string[];
  place(name: string): Place | undefined;
  /** Ends it between two events, as a power cut does. */
  kill(name: string): void;
  /** Ends it right after its next append was stored, before it can know that; back after `ms`. */
  killAtCommit(name: string, ms: number): void;
  /** Also calls off what it is doomed to. */
  start(name: string): void;
  /** Lets its clients go elsewhere; it stays there until it is killed. */
  drain(name: string): void;
  /** Hands a frame to some people, as the gate does. It may get lost. */
  tell(users: readonly Id[], frame: ServerFrame): void;
  /** Tells what changed in a log, as the gate does. */
  announce: Announcer["announce"];
  endSession(session: Id): void;
  /** Calls back once, at the moment that the next ticket of this session has been used. */
  whenTicketUsed(session: Id, callback: () => void): void;
}

type Running = Place & {
  alive: boolean;
  node: ChatNode | undefined;
  announcer: Announcer | undefined;
};

export function createSimNodes(parts: {
  count: number;
  memory: MemoryStore;
  bus: SimBus;
  time: SimTime;
  chance: (name: string) => Chance;
  weather: () => Weather;
  witness: Witness;
}): SimNodes {
  const { count, memory, bus, time, weather, witness } = parts;
  const names = Array.from({ length: count }, (_, n) => `ws://node-${n}`);
  const running = new Map<string, Running>();
  const whenUsed = new Map<Id, () => void>();
  const doomed = new Map<string, number>();
  const log: Log = {
    debug: () => {},
    info: () => {},
    warn: () => {},
    error: (event, fields) => witness.breach(`${event} ${fields?.error}`),
  };

  const kill = (name: string) => {
    const old = running.get(name);
    if (old === undefined) return;
    old.alive = false;
    running.delete(name);
    for (const link of old.links) link.cut();
  };

  const start = (name: string) => {
    doomed.delete(name);
    if (running.has(name)) return;
    const chance = parts.chance(name);
    const one: Running = {
      alive: true,
      node: undefined,
      announcer: undefined,
      links: new Set(),
      upgrade: (upgrade) => one.node?.upgrade(upgrade),
    };
    running.set(name, one);
    const alive = () => one.alive;
    const store = createSimStore({
      ...{ memory, time, chance, weather, alive },
      watch: {
        startRead: witness.startRead,
        ticketUsed: (session) => {
          whenUsed.get(session)?.();
          whenUsed.delete(session);
        },
        appended: (entries) => {
          witness.appended(entries);
          const back = doomed.get(name);
          if (back === undefined) return;
          kill(name);
          time.after(back, () => start(name));
        },
      },
    });
    const timers: Timers = {
      random: chance.next,
      after: (ms, callback) => time.after(ms, () => one.alive && callback()),
    };
    const own = bus.open(name, alive);
    const announcer = startAnnouncer(own, name, timers);
    one.announcer = announcer;
    startChatNode({
      self: createReport({ node: name }),
      store,
      bus: own,
      announcer,
      status: createNoStatus(names.filter((other) => other !== name)),
      clock: time,
      timers,
      log,
      allowOrigin: () => true,
      limits: true,
      delay: () => 0,
    }).then((node) => one.node = node);
  };

  const up = () => names.filter((name) => running.get(name)?.node !== undefined);

  const publish = (envelope: Parameters<SimBus["publish"]>[1]) => {
    const [name] = up();
    if (name !== undefined) bus.publish(name, envelope);
  };

  for (const name of names) start(name);
  return {
    names,
    up,
    place: (name) => running.get(name),
    kill,
    killAtCommit: (name, ms) => void doomed.set(name, ms),
    start,
    drain: (name) => void running.get(name)?.node?.drain(),
    tell: (users, frame) => publish({ kind: "people", users, frame: JSON.stringify(frame) }),
    announce: (...news) => {
      const [name = ""] = up();
      running.get(name)?.announcer?.announce(...news);
    },
    whenTicketUsed: (session, callback) => void whenUsed.set(session, callback),
    endSession: (session) => publish({ kind: "session-ended", session, reason: "signed out" }),
  };
}
