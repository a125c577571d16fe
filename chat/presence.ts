import type { Bus } from "../lib/bus/bus.ts";
import { chunks } from "../lib/chunks.ts";
import { messageOf } from "../lib/errors.ts";
import { type Here, mostPresent } from "../lib/kv/presence.ts";
import type { Log } from "../lib/log.ts";
import type { Id } from "../lib/protocol/model.ts";
import type { ChatStore } from "../lib/sql/chat_store.ts";
import type { Renewal } from "../status/nodes.ts";
import type { Presence, Seen } from "../status/presence.ts";
import type { Registration } from "./registration.ts";
import type { Session } from "./session.ts";
import { createWatches, type Watches } from "./watches.ts";

/** Says for this node who is there, and tells its sessions how those are whom they watch. */
export interface PresenceTracker extends AsyncDisposable {
  readonly watch: Watches["watch"];
  /** The state that a device gives itself; `online` until then. */
  set(session: Session, state: Here): void;
  joined(session: Session): void;
  left(session: Session): void;
  readonly heard: Watches["heard"];
  related(one: Id, other: Id): void;
  /** The bus lost something. */
  lost(): void;
  /** To be called about once a second. */
  tick(): void;
}

/** Changes in one envelope: a bus carries none of any size. */
const TOLD = 1_000;

/**
 * What happens is gathered and written once a tick, however much it is. Whoever is gone and back
 * within one was never gone.
 */
export function createPresenceTracker(parts: {
  presence: Presence;
  registration: Pick<Registration, "origin" | "epoch" | "renew" | "leave">;
  readWatchable: ChatStore["readWatchable"];
  bus: Bus;
  log: Log;
  /** Those of this node. */
  sessions: { all(): Iterable<Session>; of(user: Id): Iterable<Session> };
}): PresenceTracker {
  const { presence, registration, bus, log, sessions } = parts;
  const watches = createWatches(parts);
  /** Devices that are not `online`. */
  const states = new Map<Session, Here>();
  /** What is stored of this node's people. */
  const written = new Map<Id, Here>();
  /** Of whom a write failed: some of it may be stored, and nobody was told. */
  const unsure = new Set<Id>();
  let changed = new Set<Id>();
  let others: string | undefined;
  let away = false;
  let running: Promise<void> | undefined;

  const stateOf = (user: Id) =>
    mostPresent([...sessions.of(user)].map((session) => states.get(session) ?? "online"));

  /** @returns whether people may be otherwise than they were read */
  const renew = async (): Promise<boolean> => {
    const renewal: Renewal | undefined = await registration.renew();
    if (renewal === undefined) return false;
    if (renewal.lapsed) {
      written.clear();
      for (const { user } of sessions.all()) changed.add(user);
    }
    const before = others;
    others = renewal.others.map(({ origin, epoch }) => `${origin} ${epoch}`).join();
    const came = others !== before;
    return renewal.lapsed || came;
  };

  /** @returns how those are of whom there is news */
  const tellStore = async (changes: ReadonlyMap<Id, Here | undefined>): Promise<Seen[]> => {
    const seen = await presence.write(registration, changes);
    const again = unsure.intersection(new Set(changes.keys()));
    if (again.size === 0) return seen;
    // A change that an earlier attempt stored is none to the store.
    const found = await presence.read([...again]);
    if (found.some(({ state }) => state === "unknown")) throw new Error("the store is away again");
    for (const user of again) unsure.delete(user);
    return [...seen.filter(({ user }) => !again.has(user)), ...found];
  };

  const write = async () => {
    const users = changed;
    changed = new Set();
    const changes = new Map<Id, Here | undefined>();
    for (const user of users) {
      const state = stateOf(user);
      if (state !== written.get(user) || unsure.has(user)) changes.set(user, state);
    }
    if (changes.size === 0) return;
    try {
      const seen = await tellStore(changes);
      for (const [user, state] of changes) {
        if (state === undefined) written.delete(user);
        else written.set(user, state);
      }
      for (const some of chunks(seen, TOLD)) bus.publish({ kind: "presence", changes: some });
    } catch (error) {
      for (const user of changes.keys()) unsure.add(user);
      changed = changed.union(users);
      throw error;
    }
  };

  const run = async () => {
    try {
      const otherwise = await renew();
      await write();
      const back = away;
      away = false;
      if (back || otherwise) await watches.refresh();
    } catch (error) {
      // Nothing else depends on it: it is tried again with the next tick.
      if (away) return;
      away = true;
      log.warn("presence.store-failed", { error: messageOf(error) });
      await watches.refresh();
    }
  };

  let mayBeLost = false;
  let checking: Promise<void> | undefined;

  /** Whom the database could not be asked about is told nothing until it can be. */
  const databaseFailed = (error: unknown) => {
    mayBeLost = true;
    log.warn("presence.database-failed", { error });
  };

  return {
    watch: watches.watch,
    heard: watches.heard,
    set: (session, state) => {
      if (state === "online") states.delete(session);
      else states.set(session, state);
      changed.add(session.user);
    },
    joined: ({ user }) => void changed.add(user),
    left: (session) => {
      states.delete(session);
      watches.drop(session);
      changed.add(session.user);
    },
    related: (one, other) => void watches.related(one, other).catch(databaseFailed),
    lost: () => void (mayBeLost = true),
    tick: () => {
      running ??= run().finally(() => running = undefined);
      if (!mayBeLost || checking !== undefined) return;
      mayBeLost = false;
      checking = watches.checkAll().catch(databaseFailed).finally(() => checking = undefined);
    },
    [Symbol.asyncDispose]: async () => {
      // At once: a status service that hangs would keep what is under way longer than a stop takes.
      const left = registration.leave().catch((error) => {
        log.warn("presence.store-failed", { error: messageOf(error) });
      });
      await Promise.all([running, checking, left]);
    },
  };
}
