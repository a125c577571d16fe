/** Which chat node a client is sent to, of those that may take it. */
import { createHash } from "node:crypto";
import type { Balance } from "../lib/config.ts";
import { LATE } from "../lib/event_loop_delay.ts";
import type { Lease } from "../lib/kv/leases.ts";

/** A node: what its isolates say of themselves, put together. */
export type Candidate = {
  readonly id: string;
  readonly url: string | null;
  readonly region: string;
  readonly weight: number;
  /** Sockets that it holds, and those that tickets were made for since it said so. */
  readonly connections: number;
  readonly capacity: number;
  /** Milliseconds by which its event loop is late. */
  readonly delay: number;
  readonly draining: boolean;
  /** Those of its isolates that a client may get. */
  readonly isolates: readonly Lease[];
};

/** What a choice depends on besides the candidates. */
export type Client = {
  /** Ids of nodes that the client has just lost, or could not reach. */
  readonly exclude: readonly string[];
  readonly region: string;
  /** Its network address. */
  readonly address: string;
};

export interface Balancer {
  /** Undefined if none of them can take a client. */
  choose(candidates: readonly Candidate[], client: Client): Candidate | undefined;
  /** Forgets all other nodes. */
  keep(ids: ReadonlySet<string>): void;
}

type Choose = (candidates: readonly Candidate[], client: Client) => Candidate | undefined;

/**
 * One candidate for each node. Isolates share a port, and whoever connects gets any of them that
 * listens: so those count that do not drain, the slowest of them is what a client has to expect, and
 * a node drains only once all of it does.
 */
export function candidatesOf(
  leases: Iterable<Lease>,
  issued: (isolate: Lease) => number,
): Candidate[] {
  const byNode = new Map<string, Lease[]>();
  for (const lease of leases) {
    const known = byNode.get(lease.node);
    if (known === undefined) byNode.set(lease.node, [lease]);
    else known.push(lease);
  }
  return [...byNode].flatMap(([id, all]) => {
    const taking = all.filter((lease) => !lease.draining);
    const [first = all[0]] = taking;
    if (first === undefined) return [];
    const { url, region, weight } = first;
    return {
      ...{ id, url, region, weight },
      connections: sum(taking.map((lease) => lease.connections + issued(lease))),
      capacity: sum(taking.map((lease) => lease.capacity)),
      delay: Math.max(0, ...taking.map((lease) => lease.delay)),
      draining: taking.length === 0,
      isolates: taking,
    };
  });
}

function canTake({ draining, connections, capacity, delay }: Candidate): boolean {
  return !draining && connections < capacity && delay < LATE;
}

/**
 * Sends a client to its own region as long as a node there can take it, and to a node that it wants
 * to avoid only where there is no other: that one may be the only one there is, and back.
 * @param random from 0 up to, not including, 1
 */
export function createBalancer(balance: Balance, random: () => number): Balancer {
  const { choose, keep } = createMethod(balance, random);
  return {
    keep,
    choose: (candidates, client) => {
      const able = candidates.filter(canTake);
      const wanted = able.filter(({ id }) => !client.exclude.includes(id));
      const some = wanted.length > 0 ? wanted : able;
      const near = some.filter(({ region }) => region === client.region);
      return choose(near.length > 0 ? near : some, client);
    },
  };
}

function createMethod(
  balance: Balance,
  random: () => number,
): { choose: Choose; keep: Balancer["keep"] } {
  switch (balance) {
    case "least-connections":
      return { choose: leastConnections(random), keep: () => {} };
    case "round-robin":
      return roundRobin(random);
    case "weighted":
      return smoothWeighted(random);
    case "ip-hash":
      return { choose: rendezvous, keep: () => {} };
  }
}

/**
 * Counts each node as if the client were there already, or of empty nodes the largest would not come
 * first. By weight and not by capacity: a capacity says what a node stands, and is the same generous
 * figure everywhere unless somebody had a reason; a weight says how clients are to be shared.
 */
function leastConnections(random: () => number): Choose {
  return (candidates) =>
    greatest(candidates, ({ connections, weight }) => -(connections + 1) / weight, random);
}

/** Whoever waits longest, so that coming and going nodes do not disturb the order of the rest. */
function roundRobin(random: () => number): { choose: Choose; keep: Balancer["keep"] } {
  const turns = new Map<string, number>();
  let turn = 0;
  return {
    choose: (candidates) => {
      const chosen = greatest(candidates, ({ id }) => -(turns.get(id) ?? 0), random);
      if (chosen !== undefined) turns.set(chosen.id, ++turn);
      return chosen;
    },
    keep: (ids) => keepOnly(turns, ids),
  };
}

/** Each earns its weight a turn, and whoever is chosen pays for all: spread evenly, not in a row. */
function smoothWeighted(random: () => number): { choose: Choose; keep: Balancer["keep"] } {
  const earned = new Map<string, number>();
  return {
    choose: (candidates) => {
      for (const { id, weight } of candidates) earned.set(id, (earned.get(id) ?? 0) + weight);
      const chosen = greatest(candidates, ({ id }) => earned.get(id) ?? 0, random);
      if (chosen === undefined) return undefined;
      const all = sum(candidates.map(({ weight }) => weight));
      earned.set(chosen.id, (earned.get(chosen.id) ?? 0) - all);
      return chosen;
    },
    keep: (ids) => keepOnly(earned, ids),
  };
}

/**
 * Every node draws a lot for the address, always the same one, and the best wins: without a node only
 * those who had drawn it draw another. The logarithm makes the chances those of the weights.
 */
function rendezvous(
  candidates: readonly Candidate[],
  { address }: Client,
): Candidate | undefined {
  return greatest(candidates, ({ id, weight }) => weight / -Math.log(lot(address, id)), () => 0);
}

/** Between 0 and 1, and neither of them. */
function lot(address: string, node: string): number {
  const hash = createHash("sha256").update(`${address} ${node}`).digest();
  return (hash.readUIntBE(0, 6) + 0.5) / 2 ** 48;
}

/** Chance decides among equals: their order would send everybody to the first. */
function greatest(
  candidates: readonly Candidate[],
  valueOf: (candidate: Candidate) => number,
  random: () => number,
): Candidate | undefined {
  const values = candidates.map(valueOf);
  const most = Math.max(...values);
  const best = candidates.filter((_, index) => values[index] === most);
  return best[Math.floor(random() * best.length)];
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, number) => all + number, 0);
}

function keepOnly(map: Map<string, unknown>, ids: ReadonlySet<string>): void {
  for (const id of map.keys()) if (!ids.has(id)) map.delete(id);
}
