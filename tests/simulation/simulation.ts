/**
 * Runs one schedule: real clients and real chat nodes, between which everything that is slow or can
 * fail is simulated, on one clock that stands still while anything happens.
 */
import assert from "node:assert/strict";
import { createChance } from "./chance.ts";
import { differences, loadAll } from "./judge.ts";
import { perform } from "./perform.ts";
import { LONGEST_OUTAGE, type Schedule } from "./schedule.ts";
import type { Device } from "./sim_device.ts";
import { createSimWorld, type SimWorld } from "./sim_world.ts";
import { CALM } from "./weather.ts";

/** Milliseconds until everyone has signed in and the nodes have heard of one another. */
const SETTLED = 3_000;
/** Milliseconds after the last trouble within which all have to be of one mind. */
const CONVERGED = 240_000;
/** Milliseconds for which they have to stay so. */
const STAYS = 2_000;

/** @throws the first breach of a promise */
export async function simulate(schedule: Schedule): Promise<void> {
  const restoreIds = seedIds(schedule.seed);
  const world = createSimWorld(schedule);
  const onRejection = (event: PromiseRejectionEvent) => {
    event.preventDefault();
    world.witness.breach(`nobody caught ${event.reason?.stack ?? event.reason}`);
  };
  addEventListener("unhandledrejection", onRejection);
  try {
    await run(world, schedule);
  } finally {
    removeEventListener("unhandledrejection", onRejection);
    for (const device of world.devices) device.close();
    for (const name of world.nodes.names) world.nodes.kill(name);
    restoreIds();
  }
}

async function run(world: SimWorld, schedule: Schedule): Promise<void> {
  const { time } = world;
  await time.pass(SETTLED);
  world.weather = { ...CALM, ...schedule.weather };
  const restores = schedule.steps.some((step) => step.do === "restore");
  for (const [number, step] of schedule.steps.entries()) {
    if (restores) world.backups.push(structuredClone(world.memory.data));
    perform(world, step, number);
    await time.pass(step.then);
  }
  await heal(world);
  // Half-open connections show only when they are asked something; then it begins anew.
  for (let tries = 0; tries < 3; tries++) {
    await converge(world);
    for (const device of world.devices) await load(world, device);
    await time.pass(STAYS);
    if (differences(world, true).length === 0) break;
  }
  assert.deepEqual(differences(world, true), []);
  const failed = world.devices.flatMap(({ client }) =>
    world.rooms.flatMap((room) => client.thread.view(room).pending.map(({ clientId }) => clientId))
  );
  world.witness.settled(new Set(failed));
}

async function heal(world: SimWorld): Promise<void> {
  const { time, nodes, bus } = world;
  // Everything that was to come back by itself has done so.
  await time.pass(LONGEST_OUTAGE);
  world.weather = CALM;
  for (const name of nodes.names) {
    nodes.start(name);
    bus.heal(name, false);
  }
  await time.pass(1_000);
}

async function converge(world: SimWorld): Promise<void> {
  for (let waited = 0; waited < CONVERGED; waited += 500) {
    await world.time.pass(500);
    if (differences(world).length === 0) return;
  }
  throw new Error(differences(world).join("\n"));
}

async function load(world: SimWorld, device: Device): Promise<void> {
  let done = false;
  loadAll(world, device).then(() => done = true);
  for (let waited = 0; !done && waited < CONVERGED; waited += 500) await world.time.pass(500);
  assert.ok(done, `${device.name} could not load everything`);
}

/** Connections are named at random, and pinged when their name says so: the same for every run. */
function seedIds(seed: number): () => void {
  const chance = createChance(seed, "ids");
  const hex = () => chance.below(0x10000).toString(16).padStart(4, "0");
  const randomUUID = () =>
    `${hex()}${hex()}-${hex()}-4${hex().slice(1)}-8${
      hex().slice(1)
    }-${hex()}${hex()}${hex()}` as const;
  Object.defineProperty(crypto, "randomUUID", { value: randomUUID, configurable: true });
  return () => Reflect.deleteProperty(crypto, "randomUUID");
}
