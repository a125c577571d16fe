/**
 * A bus across machines, over NATS: a subject for each topic and one for everybody.
 *
 * Long, because one connection's states are easier to follow together.
 */
import { connect, type NatsConnection, type Subscription } from "@nats-io/transport-node";
import type { BusConfig } from "../config.ts";
import { messageOf, StartError } from "../errors.ts";
import type { Log } from "../log.ts";
import { atMost, realTimers } from "../timers.ts";
import { type Topic, topicsOf } from "./audience.ts";
import { createBatch } from "./batch.ts";
import type { Bus, BusListener, Envelope } from "./bus.ts";
import { createCopies } from "./copies.ts";
import { decodeParcel, encodeParcel } from "./nats_wire.ts";
import { createWindow } from "./window.ts";

export type NatsConfig = Extract<BusConfig, { kind: "nats" }>;

/** Milliseconds between two pings; two without an answer, and the connection is given up. */
const PING_EVERY = 5_000;
const UNANSWERED = 2;
/** Milliseconds until another try, and up to so many more, so that not all nodes come at once. */
const RETRY_AFTER = 200;
const RETRY_JITTER = 300;
/** Milliseconds that one server has to take a connection. */
const CONNECT_WITHIN = 3_000;
/** Milliseconds after which nobody waits any longer for the server to confirm something. */
const CONFIRM_WITHIN = 2_000;

const EVERYBODY = "parley.all";

type Hearing = { readonly listener: BusListener; readonly topics: Set<Topic> };
type Asking = { readonly one: Followed; readonly resolve: () => void };
type Followed = { readonly subscription: Subscription; hearings: number; confirmed: boolean };

/**
 * An envelope to several topics is published under each, so a node may get it several times and
 * drops all but the first. This node's own listeners get all of it, directly.
 * @throws StartError while no server takes the connection
 */
export async function openNatsBus(
  config: NatsConfig,
  log: Log,
  { pingEvery = PING_EVERY } = {},
): Promise<Bus> {
  const nats = await open(config, pingEvery);
  const publisher = crypto.randomUUID();
  const hearings = new Set<Hearing>();
  const followed = new Map<Topic, Followed>();
  const isNew = createCopies();
  const window = createWindow(() => nats.flush());
  let number = 0;
  let connected = true;
  let closed = false;
  let overflowing = false;

  const hand = (hearing: Hearing, envelope: Envelope) => {
    if (!hearings.has(hearing)) return;
    try {
      hearing.listener.envelope(envelope);
    } catch (error) {
      // The client of NATS would never read again.
      log.error("bus.listener-failed", { error });
    }
  };

  const hear = (error: Error | null, { data }: { data: Uint8Array }) => {
    // Told by the connection's own state as well.
    if (error !== null) return;
    let envelope: Envelope | undefined;
    try {
      envelope = decodeParcel(data, (by, number) => by !== publisher && isNew(by, number));
    } catch (error) {
      log.warn("bus.unreadable", { error: messageOf(error) });
    }
    if (envelope === undefined) return;
    const topics = topicsOf(envelope);
    for (const hearing of [...hearings]) {
      if (topics === undefined || topics.some((topic) => hearing.topics.has(topic))) {
        hand(hearing, envelope);
      }
    }
  };

  const handOwn = createBatch<Envelope>((envelopes) => {
    for (const hearing of [...hearings]) {
      for (const envelope of envelopes) hand(hearing, envelope);
    }
  });

  const send = (envelope: Envelope) => {
    const topics = topicsOf(envelope);
    if (topics?.length === 0) return;
    const bytes = encodeParcel({ publisher, number: ++number, envelope });
    const most = nats.info?.max_payload ?? 0;
    if (bytes.length > most) {
      log.warn("bus.too-large", { kind: envelope.kind, bytes: bytes.length, most });
      return;
    }
    if (!window.admit(bytes.length * (topics?.length ?? 1))) {
      if (!overflowing) log.warn("bus.overflow", {});
      overflowing = true;
      return;
    }
    overflowing = false;
    if (topics === undefined) nats.publish(EVERYBODY, bytes);
    for (const topic of topics ?? []) nats.publish(subjectOf(topic), bytes);
  };

  const everybody = nats.subscribe(EVERYBODY, { callback: hear });

  /** What was sent has reached the server, or that cannot be waited for. */
  const flush = () => atMost(realTimers, CONFIRM_WITHIN, nats.flush().catch(() => {}));

  const tellAll = () => {
    for (const { listener } of [...hearings]) listener.reconnected();
  };

  /**
   * One question for all that is asked within a turn. Nobody waits for a server that is slow to answer;
   * but what they took for heard was not, and when the answer comes that counts as a loss.
   */
  const confirm = createBatch<Asking>(async (asking) => {
    let late = false;
    const answered = async () => {
      if (!connected) return;
      try {
        await nats.flush();
      } catch {
        // The connection is another one: `reconnected` follows, and then all are heard.
        return;
      }
      for (const { one } of asking) one.confirmed = true;
      if (late && !closed) tellAll();
    };
    await atMost(realTimers, CONFIRM_WITHIN, answered());
    late = true;
    for (const { resolve } of asking) resolve();
  });

  const add = async (topic: Topic) => {
    let one = followed.get(topic);
    if (one === undefined) {
      const subscription = nats.subscribe(subjectOf(topic), { callback: hear });
      one = { subscription, hearings: 0, confirmed: false };
      followed.set(topic, one);
    }
    one.hearings++;
    await confirmed(one);
  };

  const confirmed = async (one: Followed) => {
    if (one.confirmed) return;
    await new Promise<void>((resolve) => confirm({ one, resolve }));
  };

  const remove = (topic: Topic) => {
    const one = followed.get(topic);
    if (one === undefined || --one.hearings > 0) return;
    followed.delete(topic);
    if (!nats.isClosed()) one.subscription.unsubscribe();
  };

  /** What was said of the trouble last, so that it is not said again every second. */
  let trouble = "";
  const tellOf = (error: Error) => {
    if (error.message !== trouble) log.warn("bus.trouble", { error: error.message });
    trouble = error.message;
  };

  const watch = async () => {
    for await (const status of nats.status()) {
      switch (status.type) {
        case "disconnect":
          if (connected && !closed) log.warn("bus.away", { server: status.server });
          connected = false;
          window.reset();
          break;
        case "reconnect":
          connected = true;
          trouble = "";
          // Its subscriptions were sent again: what is published from here on is heard.
          await flush();
          log.info("bus.back", { server: status.server });
          tellAll();
          break;
        case "error":
          tellOf(status.error);
          break;
      }
    }
  };
  watch().catch((error) => log.error("bus.failed", { error }));
  nats.closed().then((error) => {
    connected = false;
    if (!closed) log.error("bus.closed", { error: error ?? "by itself" });
  });
  await flush();

  return {
    get connected() {
      return connected;
    },
    publish: (envelope) => {
      if (closed) return;
      handOwn(envelope);
      if (!connected) return;
      try {
        send(envelope);
      } catch (error) {
        log.warn("bus.not-published", { kind: envelope.kind, error: messageOf(error) });
      }
    },
    subscribe: (listener) => {
      const hearing: Hearing = { listener, topics: new Set() };
      hearings.add(hearing);
      return Promise.resolve({
        add: async (topic) => {
          if (nats.isClosed()) return;
          const one = followed.get(topic);
          if (one !== undefined && hearing.topics.has(topic)) return await confirmed(one);
          hearing.topics.add(topic);
          await add(topic);
        },
        remove: (topic) => {
          if (hearing.topics.delete(topic)) remove(topic);
        },
        [Symbol.dispose]: () => {
          hearings.delete(hearing);
          for (const topic of hearing.topics) remove(topic);
          hearing.topics.clear();
        },
      });
    },
    [Symbol.asyncDispose]: async () => {
      if (closed) return;
      closed = true;
      hearings.clear();
      followed.clear();
      everybody.unsubscribe();
      // What was published in the last turn is still on its way.
      if (connected) await flush();
      await nats.close();
    },
  };
}

async function open(config: NatsConfig, pingEvery: number): Promise<NatsConnection> {
  const { servers, user, password } = config;
  try {
    return await connect({
      servers,
      ...(user !== undefined && { user }),
      ...(password !== undefined && { pass: password }),
      name: "parley",
      timeout: CONNECT_WITHIN,
      noEcho: true,
      noAsyncTraces: true,
      pingInterval: pingEvery,
      maxPingOut: UNANSWERED,
      maxReconnectAttempts: -1,
      reconnectTimeWait: RETRY_AFTER,
      reconnectJitter: RETRY_JITTER,
      // A password may be put right while this waits.
      ignoreAuthErrorAbort: true,
    });
  } catch (error) {
    // Not the whole URL: it may hold a password.
    throw new StartError(
      `PARLEY_BUS_URL: no NATS server at ${servers.join(", ")} takes a connection: ${
        messageOf(error)
      }`,
    );
  }
}

function subjectOf(topic: Topic): string {
  return `parley.${topic}`;
}
