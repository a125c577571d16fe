import { type Topic, topicsOf } from "../../lib/bus/audience.ts";
import type { Bus, BusListener, Envelope } from "../../lib/bus/bus.ts";
import type { Chance } from "./chance.ts";
import type { SimTime } from "./time.ts";
import type { Weather } from "./weather.ts";

/** The bus between the nodes of a simulation. */
export interface SimBus {
  /** The bus as one node has it, until that node is dead. */
  open(node: string, alive: () => boolean): Bus;
  /** Publishes for a gate that shares the process of `node`. */
  publish(node: string, envelope: Envelope): void;
  /** Nothing gets out of or into this node. */
  partition(node: string): void;
  /** @param noticed whether the bus tells the node that it was away */
  heal(node: string, noticed: boolean): void;
  /** Whether an envelope that is in no log was lost, so that nobody will ever ask for it. */
  readonly newsLost: boolean;
}

type Member = {
  node: string;
  listener: BusListener;
  alive: () => boolean;
  wanted: Set<Topic>;
  /** What the bus knows of that. */
  heard: Set<Topic>;
};

/** Milliseconds within which an interest is confirmed, though nothing may be known of it yet. */
const CONFIRMED = 2_000;

/**
 * A node hears only what it is interested in, once the bus knows. Loses and delays; what one publisher sends to one listener keeps its order, what several send
 * does not. An envelope may also come twice, which the port does not even allow.
 */
export function createSimBus(time: SimTime, chance: Chance, weather: () => Weather): SimBus {
  const members = new Set<Member>();
  const cutOff = new Set<string>();
  const lastArrival = new Map<string, number>();
  let newsLost = false;

  const deliver = (from: string, member: Member, envelope: Envelope) => {
    const { node, listener, alive, heard } = member;
    const arrive = (delay: number) => {
      const way = `${from} ${node}`;
      const at = Math.max(lastArrival.get(way) ?? 0, time.now() + delay);
      lastArrival.set(way, at);
      time.after(at - time.now(), () => {
        if (alive() && members.has(member)) listener.envelope(envelope);
      });
    };
    // What a node tells itself passes through nothing that could lose it.
    if (from === node) return arrive(0);
    const topics = topicsOf(envelope);
    if (topics !== undefined && !topics.some((topic) => heard.has(topic))) {
      const mayHaveWanted = topics.some((topic) => topic.startsWith("group."));
      if (mayHaveWanted && envelope.kind !== "log") newsLost = true;
      return;
    }
    const { digestLost, envelopeLost } = weather();
    const lost = cutOff.has(from) || cutOff.has(node) ||
      chance.happens(envelope.kind === "digest" ? digestLost : envelopeLost);
    if (lost) {
      if (envelope.kind !== "log" && envelope.kind !== "digest") newsLost = true;
      return;
    }
    arrive(chance.delay(weather().slowness));
    if (chance.happens(weather().envelopeDoubled)) arrive(chance.delay(2_000));
  };

  const publish = (from: string, envelope: Envelope) => {
    for (const member of members) deliver(from, member, envelope);
  };

  return {
    open: (node, alive) => ({
      publish: (envelope) => {
        if (alive()) publish(node, envelope);
      },
      subscribe: async (listener) => {
        const member: Member = { node, listener, alive, wanted: new Set(), heard: new Set() };
        const { wanted, heard } = member;
        members.add(member);
        await time.sleep(chance.delay(weather().slowness));
        return {
          add: async (topic) => {
            wanted.add(topic);
            if (heard.has(topic)) return;
            await time.sleep(Math.min(CONFIRMED, chance.delay(weather().slowness)));
            if (!cutOff.has(node) && wanted.has(topic)) heard.add(topic);
          },
          remove: (topic) => {
            wanted.delete(topic);
            heard.delete(topic);
          },
          [Symbol.dispose]: () => void members.delete(member),
        };
      },
      [Symbol.asyncDispose]: () => Promise.resolve(),
    }),
    publish,
    partition: (node) => void cutOff.add(node),
    heal: (node, noticed) => {
      if (!cutOff.delete(node)) return;
      for (const { listener, alive, wanted, heard, ...member } of members) {
        if (member.node !== node || !alive()) continue;
        for (const topic of wanted) heard.add(topic);
        if (noticed) listener.reconnected();
      }
    },
    get newsLost() {
      return newsLost;
    },
  };
}
