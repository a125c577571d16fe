/** A chat node: composes the parts of `chat/` and keeps them ticking. */
import type { Announcer } from "../lib/bus/announcer.ts";
import type { Bus } from "../lib/bus/bus.ts";
import type { Clock } from "../lib/clock.ts";
import { AppError } from "../lib/errors.ts";
import type { Log } from "../lib/log.ts";
import type { AllowOrigin } from "../lib/origins.ts";
import { CLOSE } from "../lib/protocol/codes.ts";
import type { ChatStore } from "../lib/sql/chat_store.ts";
import { every, sleep, type Timers } from "../lib/timers.ts";
import type { Status } from "../status/service.ts";
import { createAppender } from "./appender.ts";
import { connect } from "./connect.ts";
import { createDigestReader } from "./digest_reader.ts";
import { createDispatch } from "./dispatch.ts";
import { pollEndedSessions } from "./ended_sessions.ts";
import { createHeartbeat } from "./heartbeat.ts";
import { createHub, type Hub } from "./hub.ts";
import { createInterest } from "./interest.ts";
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
  /** Asks the clients to leave, finishes what was begun and closes what remains. */
  drain(): Promise<void>;
}

/** Milliseconds over which a draining node's clients come back elsewhere. */
const DRAIN_SPREAD = 2_000;
/** Milliseconds that frames in flight have to be answered. */
const DRAIN_WITHIN = 5_000;
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
}): Promise<ChatNode> {
  const { self, store, bus, announcer, status, clock, timers, log, allowOrigin, limits } = parts;
  await using cleanup = new AsyncDisposableStack();
  const onError = (error: unknown) => log.warn("hub.database-failed", { error });
  const memberships = createMemberships(store);
  const load = () => ({ connections: [...hub.sessions()].length, delay: 0 });
  const registration = createRegistration({ nodes: status.nodes, self, load, clock, log });
  const presence = cleanup.use(createPresenceTracker({
    ...{ presence: status.presence, registration, readWatchable: store.readWatchable, bus, log },
    sessions: { all: () => hub.sessions(), of: (user) => hub.sessionsOf(user) },
  }));
  // The bus is told from the first client on, which is after it has been subscribed to.
  const interest = createInterest({
    add: (topic) => subscription.add(topic),
    remove: (topic) => subscription.remove(topic),
  });
  const hub: Hub = createHub({
    interest,
    memberships,
    digests: createDigestReader(clock, self.origin),
    heads: { of: store.readHeads, recent: store.readRecentHeads },
    presence,
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
  const beat = createHeartbeat(hub.sessions, clock);
  cleanup.use(every(timers, TICK, () => {
    beat();
    hub.tick();
    presence.tick();
  }));

  let draining = false;
  const resources = cleanup.move();
  return {
    upgrade: (upgrade) => {
      if (draining) {
        const error = new AppError("unavailable", "this node is going away", { retryAfter: 2 });
        return upgrade.refuse(error);
      }
      connect(
        { node: self.node, store, clock, log, hub, interest, dispatch, allowOrigin, limits },
        upgrade,
      ).catch((error) => log.error("connect.failed", { error }));
    },
    register: registration.renewAtOnce,
    drain: async () => {
      draining = true;
      const told = registration.drain();
      for (const session of hub.sessions()) {
        const reconnectAfter = Math.round(timers.random() * DRAIN_SPREAD);
        session.send({ type: "node.draining", reconnectAfter });
        session.pause();
      }
      // Answers follow the last commit by a turn or two; without a database they never come.
      const end = clock.now() + DRAIN_WITHIN;
      const unanswered = () => [...hub.sessions()].some((session) => session.pending.size > 0);
      while (unanswered() && clock.now() < end) {
        await sleep(timers, 20);
      }
      for (const session of hub.sessions()) {
        session.close(CLOSE.draining, "this node is going away");
      }
      await told;
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}
