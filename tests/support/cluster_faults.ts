/** What goes wrong in a cluster: each kind at each of those that it can happen to. */
import { DatabaseSync } from "node:sqlite";
import {
  type Called,
  type Caller,
  CHATS,
  type Cluster,
  GATES,
  type ProcessName,
  STATUSES,
} from "./cluster.ts";
import type { NatsServer } from "./nats_server.ts";
import type { Random } from "./random.ts";
import type { ServerProcess } from "./server_process.ts";

export type Fault = {
  readonly name: string;
  /** What nothing else may happen to meanwhile. */
  readonly to: readonly string[];
  /** Milliseconds for which it lasts at most. */
  readonly lasts: number;
  begin(): Promise<void> | void;
  /** Resolves once all is well again. */
  end(): Promise<void> | void;
};

type World = { cluster: Cluster; nats: NatsServer; random: Random };

/** Every kind at least once; chance says at whom, where it does not matter. */
export function clusterFaults(world: World): Fault[] {
  const { random } = world;
  const chat = () => random.pick(CHATS);
  const gate = () => random.pick(GATES);
  const status = () => random.pick(STATUSES);
  return [
    ...CHATS.map((name) => killed(world, name)),
    killed(world, gate()),
    killed(world, status()),
    killed(world, "verify"),
    ...CHATS.map((name) => drained(world, name)),
    drained(world, gate()),
    drained(world, status()),
    frozen(world, chat()),
    frozen(world, status()),
    // From the bus: a chat node in all ways, and a gate, which publishes as well.
    refused(world, chat(), "bus"),
    silent(world, chat(), "bus"),
    silent(world, chat(), "bus", "there"),
    silent(world, chat(), "bus", "back"),
    silent(world, gate(), "bus", "there"),
    busKilled(world),
    // From the database, whose answer may be lost after it committed.
    refused(world, chat(), "database"),
    silent(world, chat(), "database"),
    silent(world, chat(), "database", "back"),
    silent(world, gate(), "database", "back"),
    // From each other.
    refused(world, gate(), status()),
    silent(world, gate(), ...STATUSES),
    silent(world, chat(), ...STATUSES),
    silent(world, gate(), status(), "back"),
    silent(world, gate(), "verify", "back"),
    // From the clients.
    refused(world, "clients", chat()),
    silent(world, "clients", chat(), "there"),
    silent(world, "clients", chat(), "back"),
    silent(world, "clients", gate(), "back"),
    keyValueLocked(world),
  ];
}

/**
 * For the end, when nobody says anything any more: what a node missed is not made good by the next
 * message of the same conversation. It happens where most people are.
 */
export function lastFault(world: World): Fault {
  const people = (name: ProcessName) => world.cluster.link("clients", name).connections;
  const [fullest] = [...CHATS].sort((one, other) => people(other) - people(one));
  if (fullest === undefined) throw new Error("there is no chat node");
  return refused(world, fullest, "bus");
}

function killed({ cluster }: World, name: ProcessName): Fault {
  const process = cluster.process(name);
  return {
    name: `${name} is killed`,
    ...{ to: [name], lasts: 2_000 },
    begin: process.kill,
    end: () => startPatiently(process),
  };
}

function drained({ cluster }: World, name: ProcessName): Fault {
  const process = cluster.process(name);
  return {
    name: `${name} is told to go, and comes back`,
    ...{ to: [name], lasts: 500 },
    begin: async () => {
      const code = await process.stop();
      if (code !== 0) throw new Error(`${name} ended with ${code}`);
    },
    end: () => startPatiently(process),
  };
}

/** As `Restart=on-failure` in deploy/systemd: a start without the bus, say, is refused. */
async function startPatiently(process: ServerProcess): Promise<void> {
  for (let attempt = 1;; attempt++) {
    try {
      return await process.start();
    } catch (error) {
      if (attempt === STARTS) throw error;
      await new Promise((resolve) => setTimeout(resolve, START_AGAIN_AFTER));
    }
  }
}

const STARTS = 10;
/** Milliseconds. */
const START_AGAIN_AFTER = 1_000;

function frozen({ cluster }: World, name: ProcessName): Fault {
  const process = cluster.process(name);
  return {
    name: `${name} stands still`,
    ...{ to: [name], lasts: 4_000 },
    begin: process.freeze,
    end: process.thaw,
  };
}

function refused({ cluster }: World, from: Caller, to: Called): Fault {
  const link = cluster.link(from, to);
  return {
    name: `${from} cannot connect to ${to}`,
    ...{ to: touched(from, to), lasts: 4_000 },
    begin: () => {
      link.reachable = false;
      link.cut();
    },
    end: link.heal,
  };
}

/** Nothing comes through, or nothing one way; those who wait for it are not told. */
function silent(
  { cluster }: World,
  from: Caller,
  ...rest: readonly (Called | "there" | "back")[]
): Fault {
  const called = rest.filter((part) => part !== "there" && part !== "back");
  const ways = rest.filter((part) => part === "there" || part === "back");
  const links = called.map((to) => cluster.link(from, to));
  return {
    name: `nothing comes from ${
      ways[0] === "back"
        ? `${called.join(" and ")} to ${from}`
        : `${from} to ${called.join(" and ")}`
    }${ways.length === 0 ? ", or back" : ""}`,
    ...{ to: called.flatMap((to) => touched(from, to)), lasts: 5_000 },
    begin: () => {
      for (const link of links) link.stall(...(ways.length === 0 ? BOTH : ways));
    },
    end: () => {
      for (const link of links) link.heal();
    },
  };
}

const BOTH = ["there", "back"] as const;

/** A process under another fault cannot be told from one that this one did something to. */
function touched(from: Caller, to: Called): string[] {
  return from === "clients" ? [to] : to === "verify" ? [from, to] : [from];
}

function busKilled({ nats }: World): Fault {
  return {
    name: "the bus is killed",
    ...{ to: ["bus"], lasts: 3_000 },
    begin: nats.kill,
    end: nats.start,
  };
}

/** While somebody else holds its lock, a SQLite file answers nobody, not even those who only read. */
function keyValueLocked({ cluster }: World): Fault {
  let file: DatabaseSync | undefined;
  return {
    name: "the key-value store is away",
    ...{ to: [...STATUSES, "verify"], lasts: 6_000 },
    begin: () => {
      file = new DatabaseSync(cluster.kvFile, { timeout: 5_000 });
      file.exec("begin exclusive");
    },
    end: () => {
      file?.exec("rollback");
      file?.close();
    },
  };
}
