import type { Attachment, Id } from "../../lib/protocol/model.ts";
import { createMemoryStore, type MemoryData, type MemoryStore } from "../support/memory_store.ts";
import { type Chance, createChance } from "./chance.ts";
import type { Schedule } from "./schedule.ts";
import { createSimBus, type SimBus } from "./sim_bus.ts";
import { createDevice, type Device } from "./sim_device.ts";
import { createSimGate } from "./sim_gate.ts";
import { createSimNodes, type SimNodes } from "./sim_nodes.ts";
import { createSimTime, type SimTime } from "./time.ts";
import { CALM, type Weather } from "./weather.ts";
import { createWitness, type Witness } from "./witness.ts";

/** Everything there is in one simulation. */
export interface SimWorld {
  readonly time: SimTime;
  weather: Weather;
  readonly chance: (name: string) => Chance;
  readonly memory: MemoryStore;
  readonly bus: SimBus;
  readonly nodes: SimNodes;
  readonly witness: Witness;
  readonly people: readonly Id[];
  readonly rooms: readonly Id[];
  readonly devices: readonly Device[];
  /** A file of each person. */
  readonly files: ReadonlyMap<Id, Attachment>;
  /** The database as it was before each step. */
  readonly backups: MemoryData[];
  /** Conversations whose members changed. */
  readonly changedRooms: Set<Id>;
}

export function createSimWorld(schedule: Schedule): SimWorld {
  const chance = (name: string) => createChance(schedule.seed, name);
  let current: Weather = CALM;
  const weather = () => current;
  const time = createSimTime(() => {
    for (const device of devices) device.look();
    witness.demand();
  });
  const memory = createMemoryStore(time, 2);
  const ghosts = Array.from({ length: schedule.ghosts }, (_, n) => idOf("d", n));
  const witness = createWitness(memory, new Set(ghosts));
  const bus = createSimBus(time, chance("bus"), weather);
  const nodes = createSimNodes({
    ...{ count: schedule.nodes, memory, bus, time, chance, weather, witness },
  });
  const { place } = nodes;
  const gate = createSimGate({
    ...{ memory, time, chance: chance("gate"), weather, nodes: nodes.up },
    ended: nodes.endSession,
  });
  const people = schedule.people.map((_, n) => idOf("a", n));
  const rooms = Array.from({ length: schedule.rooms }, (_, n) => idOf("c", n));
  const files = new Map(people.map((user) => [user, memory.addFile(user)]));
  const devices: Device[] = [];
  const world: SimWorld = {
    ...{ time, chance, memory, bus, nodes, witness, people, rooms, devices, files },
    get weather() {
      return current;
    },
    set weather(next) {
      current = next;
    },
    backups: [],
    changedRooms: new Set(),
  };
  for (const room of rooms) {
    memory.addGroup(room, [...people, ...ghosts]);
    witness.membersChanged(room);
  }
  schedule.people.forEach((count, person) => {
    for (let n = 0; n < count; n++) {
      const name = `${"abc"[person]}${n}`;
      const parts = { time, weather, witness, rooms, place, gate };
      devices.push(createDevice(parts, idOf("a", person), name, chance(name)));
    }
  });
  return world;
}

/** Not random: a conversation's id says which lane it has. */
function idOf(kind: string, n: number): Id {
  return `00000000-0000-7000-8000-${kind.repeat(4)}${String(n).padStart(8, "0")}`;
}
