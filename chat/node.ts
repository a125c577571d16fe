/** A chat node: composes the parts of `chat/` and keeps them ticking. */
import type { Announcer } from "../lib/bus/announcer.ts";
import type { Bus } from "../lib/bus/bus.ts";
import type { Clock } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import type { AllowOrigin } from "../lib/origins.ts";
import type { ChatStore } from "../lib/sql/chat_store.ts";
import { atMost, every, type Timers } from "../lib/timers.ts";
import type { Status } from "../status/service.ts";
import type { LocalLimits } from "../verify/local_limits.ts";
import { COMING, createAdmission, OF_NETWORK } from "./admission.ts";
import { createAppender } from "./appender.ts";
import { connect } from "./connect.ts";
import { createDigestReader } from "./digest_reader.ts";
import { createDispatch } from "./dispatch.ts";
import { drain } from "./drain.ts";
import { pollEndedSessions } from "./ended_sessions.ts";
import { createHeartbeat } from "./heartbeat.ts";
import { createHub, type Hub } from "./hub.ts";
import { createInterest } from "./interest.ts";
import { watchLog } from "./log_watch.ts";
import { createMemberships } from "./memberships.ts";
import { createPresenceTracker } from "./presence.ts";
import { createReceipts } from "./receipts.ts";
import { createRegistration, type Self } from "./registration.ts";
import type { UpgradeHandler } from "./socket/socket.ts";
import { createTypists } from "./typists.ts";

export interface ChatNode extends AsyncDisposable {
  readonly upgrade: UpgradeHandler;
  /** Lets clients be sent here. Where the status service is away, that follows once it is back. */
  register(): Promise<void>;
  /** Takes nobody any more, and says so; whether there is another node that clients could go to. */
  retire(): Promise<boolean>;
  /** Retires, asks the clients to leave, finishes what was begun and closes what remains. */
  drain(): Promise<void>;
}

/** Milliseconds that a draining node waits for the status service, each time it has something to say. */
const STATUS_WITHIN = 1_000;
/** … and before it asks its clients to leave: until then it may not know of a node that has just come. */
const OTHERS_WITHIN = 500;
const TICK = 1_000;

export async function startChatNode(parts: {
  self: Self;
  store: ChatStore;
  bus: Bus;
  announcer: Announcer;
  status: Status;
  clock: Clock;
  timers: Timers;
  log: Log;
  allowOrigin: AllowOrigin;
  limits: boolean;
  /** Counts who comes, where limits are on (admission.ts). */
  take?: LocalLimits["take"] | undefined;
  /** Milliseconds by which the event loop is late. */
  delay: () => number;
}): Promise<ChatNode> {
  const { self, store, bus, announcer, status, clock, timers, log, allowOrigin, limits } = parts;
  const { delay, take } = parts;
  await using cleanup = new AsyncDisposableStack();
  const onError = (error: unknown) => log.warn("hub.database-failed", { error });
  const memberships = createMemberships(store);
  const connections = () => hub.connections;
  const { capacity } = self;
  const ofNetwork = limits ? OF_NETWORK : undefined;
  const comes = take &&
    ((network: string) => take([{ key: ["coming", network], ...COMING }])[0]?.wait ?? 0);
  const admission = createAdmission({ capacity, connections, delay, ofNetwork, comes });
  const load = () => ({ connections: connections(), delay: Math.round(delay()) });
  const registration = createRegistration({
    ...{ nodes: status.nodes, self, load, clock, log },
    isOpen: () => admission.open,
  });
  const presence = createPresenceTracker({
    ...{ presence: status.presence, registration, readWatchable: store.readWatchable, bus, log },
    sessions: { all: () => hub.sessions(), of: (user) => hub.sessionsOf(user) },
  });
  cleanup.defer(() => atMost(timers, STATUS_WITHIN, presence[Symbol.asyncDispose]()));
  // The bus is told from the first client on, which is after it has been subscribed to.
  const interest = createInterest({
    add: (topic) => subscription.add(topic),
    remove: (topic) => subscription.remove(topic),
  });
  const hub: Hub = createHub({
    interest,
    memberships,
    digests: createDigestReader(clock, self.origin, registration.knows),
    heads: { of: store.readHeads, recent: store.readRecentHeads },
    presence,
    clock,
    onError,
  });
  // Confirmed before the first client: from here on nothing is published unheard.
  const subscription = cleanup.use(await bus.subscribe(hub));
  const appender = createAppender({ store, memberships, announcer, clock, log, timers });
  const receipts = createReceipts({ store, memberships, bus, log });
  const typists = createTypists({ store, memberships, bus });
  const dispatch = createDispatch(
    { store, clock, appender, receipts, typists, presence },
    log,
  );
  cleanup.use(
    pollEndedSessions({
      read: store.readEndedSessions,
      now: clock.now(),
      end: (session) => hub.end(session, "ended"),
      onError,
      timers,
    }),
  );
  cleanup.use(
    watchLog({ readEpoch: store.readEpoch, onOther: () => hub.startAnew(), onError, log, timers }),
  );
  const beat = createHeartbeat(hub.sessions, clock);
  cleanup.use(every(timers, TICK, () => {
    beat();
    hub.tick();
    presence.tick();
  }));

  let told = Promise.resolve();
  let retired: Promise<boolean> | undefined;
  const retire = () => {
    if (retired !== undefined) return retired;
    admission.close();
    // A status service that hangs learns of it from the lease that nobody renews.
    told = atMost(timers, STATUS_WITHIN, registration.drain());
    return retired = atMost(timers, OTHERS_WITHIN, told).then(registration.hasOthers);
  };

  const resources = cleanup.move();
  return {
    upgrade: (upgrade) => {
      const entrant = admission.enter(upgrade);
      if (entrant === undefined) return;
      const { node, origin: isolate } = self;
      connect(
        { node, isolate, store, clock, log, hub, interest, dispatch, allowOrigin, limits },
        entrant,
      )
        .catch((error) => log.error("connect.failed", { error }));
    },
    register: registration.renewAtOnce,
    retire,
    drain: async () => {
      const hasOthers = await retire();
      await drain({ sessions: hub.sessions, hasOthers, timers });
      await told;
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}
