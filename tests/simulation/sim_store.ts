import type { AppendEntry } from "../../lib/sql/append.ts";
import type { ChatStore, LaneStore } from "../../lib/sql/chat_store.ts";
import type { Id } from "../../lib/protocol/model.ts";
import type { MemoryStore } from "../support/memory_store.ts";
import type { Chance } from "./chance.ts";
import type { SimTime } from "./time.ts";
import type { Weather } from "./weather.ts";

/** What the simulation wants to know of what a node does to the database. */
export interface StoreWatch {
  /** Messages of these may have been stored just now; the node does not know it yet. */
  appended(entries: readonly AppendEntry[]): void;
  /** A ticket of this session was used just now. */
  ticketUsed(session: Id): void;
  /** A connection's session was checked just now. */
  startRead(session: Id, live: boolean): void;
}

const MAX_COLLISIONS = 4;

/**
 * The database as one node reaches it: each call takes its time before and after it is carried out,
 * so that calls overtake one another, and may lose its connection on either way. To a node that is
 * dead nothing is ever answered.
 */
export function createSimStore(parts: {
  memory: MemoryStore;
  time: SimTime;
  chance: Chance;
  weather: () => Weather;
  alive: () => boolean;
  watch: StoreWatch;
}): ChatStore {
  const { memory: { store }, time, chance, weather, alive, watch } = parts;

  const way = async () => {
    await time.sleep(chance.delay(weather().slowness));
    if (!alive()) await new Promise(() => {});
    if (weather().databaseDown || chance.happens(weather().statementLost / 2)) {
      throw failure("CONNECTION_CLOSED");
    }
  };

  const call = async <T>(run: () => Promise<T>, done?: (answer: T) => void): Promise<T> => {
    await way();
    const answer = await run();
    done?.(answer);
    await way();
    return answer;
  };

  /** In a row, over all lanes: a lane gives up on what collides again and again. */
  let collisions = 0;
  const colliding = <T>(run: () => T): T => {
    if (chance.happens(weather().collision) && ++collisions < MAX_COLLISIONS) {
      throw failure("40001");
    }
    collisions = 0;
    return run();
  };
  return {
    lanes: store.lanes.map(({ append, change, findSent }): LaneStore => ({
      append: (entries, versions) =>
        call(() => colliding(() => append(entries, versions)), () => watch.appended(entries)),
      change: (entries, versions) => call(() => colliding(() => change(entries, versions))),
      findSent: (entries) => call(() => findSent(entries)),
    })),
    readMemberships: (ids) => call(() => store.readMemberships(ids)),
    readMembersRevs: (ids) => call(() => store.readMembersRevs(ids)),
    readSeats: (asked) => call(() => store.readSeats(asked)),
    readWatchable: (pairs) => call(() => store.readWatchable(pairs)),
    readChanges: (query) => call(() => store.readChanges(query)),
    readHistory: (query) => call(() => store.readHistory(query)),
    readMessages: (positions) => call(() => store.readMessages(positions)),
    readHeads: (ids, users) => call(() => store.readHeads(ids, users)),
    readRecentHeads: (users, seconds) => call(() => store.readRecentHeads(users, seconds)),
    moveReceipts: (moves) => call(() => store.moveReceipts(moves)),
    useTicket: (hash, node) =>
      call(() => store.useTicket(hash, node), (owner) => owner && watch.ticketUsed(owner.session)),
    readStart: (session) =>
      call(
        () => store.readStart(session),
        (start) => watch.startRead(session, start !== undefined),
      ),
    readEpoch: () => call(() => store.readEpoch()),
    readEndedSessions: (since) => call(() => store.readEndedSessions(since)),
  };
}

function failure(code: string): Error {
  return Object.assign(new Error(code), { code });
}
