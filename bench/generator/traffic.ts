/** Messages on their way: sends them, times them and keeps account of who saw which. */
import { createLatencies, type Latencies } from "./latencies.ts";
import type { Order, Outcome } from "./order.ts";
import { inParallel, openPeerApart, type Peer } from "./peer.ts";
import { clientNumber, isMessage, seqOf } from "./scan.ts";

export interface Traffic {
  /** Connects everyone. */
  connect(): Promise<void>;
  /** Sends a message in the person's conversation. `due` is when it should have been sent. */
  send(person: number, due: number): void;
  /** Called when a message is acknowledged. */
  onAcknowledged: (person: number) => void;
  /** Counts from now on, and until `stop`. */
  measure(): void;
  stop(): void;
  /** Waits until everyone has seen everything, within a bound. */
  settle(): Promise<void>;
  outcome(): Outcome;
  close(): void;
}

const CONNECTING_AT_ONCE = 64;
/** Milliseconds. */
const SETTLE_WITHIN = 10_000;
const TEXT = "Shall we meet at the station at half past six? 我带伞，你带书。";

const decoder = new TextDecoder();

export function createTraffic(order: Order): Traffic {
  const { people, conversations } = order;
  const peers: Peer[] = [];
  const conversationOf = new Int32Array(people.length);
  conversations.forEach(({ members }, index) => {
    for (const member of members) conversationOf[member] = index;
  });
  const audience = conversations.map(({ members }) => members.length - 1);

  // One row a message; its clientId ends in the row's number.
  const series = crypto.randomUUID().slice(0, 24);
  let sent = 0;
  let dueAt = new Float64Array(1 << 16);
  let unseen = new Int32Array(1 << 16);
  let acknowledged = new Uint8Array(1 << 16);

  const lastSeq = new Int32Array(people.length);
  const perConversation = new Int32Array(conversations.length);
  const counts = { acknowledged: 0, delivered: 0, doubled: 0, errors: 0 };
  let begun = { at: Infinity, acknowledged: 0, delivered: 0 };
  let ended = begun;
  let measuring = false;
  let closing = false;
  let firstError: string | undefined;
  const ackLatency = createLatencies();
  const deliveryLatency = createLatencies();

  const wrong = (what: string) => {
    counts.errors++;
    firstError ??= what;
  };

  const grow = () => {
    const size = 2 * dueAt.length;
    const larger = [new Float64Array(size), new Int32Array(size), new Uint8Array(size)] as const;
    larger[0].set(dueAt);
    larger[1].set(unseen);
    larger[2].set(acknowledged);
    [dueAt, unseen, acknowledged] = larger;
  };

  const onMessage = (person: number, payload: Uint8Array) => {
    const row = clientNumber(payload);
    const seq = seqOf(payload);
    if (seq <= (lastSeq[person] ?? 0)) counts.doubled++;
    lastSeq[person] = seq;
    unseen[row] = (unseen[row] ?? 0) - 1;
    counts.delivered++;
    time(deliveryLatency, row);
  };

  const onAnswer = (person: number, payload: Uint8Array) => {
    const answer = JSON.parse(decoder.decode(payload));
    // What a client asks after when the bus is late: nothing is lost by that, and here all is counted.
    if (answer.type === "head" || answer.type === "resync") return;
    if (answer.type !== "ok") return wrong(JSON.stringify(answer));
    const row = answer.ref - 1;
    if (acknowledged[row] === 1) counts.doubled++;
    acknowledged[row] = 1;
    counts.acknowledged++;
    time(ackLatency, row);
    if (measuring) {
      const conversation = conversationOf[person] ?? 0;
      perConversation[conversation] = (perConversation[conversation] ?? 0) + 1;
    }
    traffic.onAcknowledged(person);
  };

  /** Counts what was due in the measured part, however late it is answered. */
  const time = (latencies: Latencies, row: number) => {
    const due = dueAt[row] ?? 0;
    if (due >= begun.at && due < ended.at) latencies.add(performance.now() - due);
  };

  const lost = () => {
    let missing = 0;
    for (let row = 0; row < sent; row++) {
      if (acknowledged[row] === 1) missing += Math.max(0, unseen[row] ?? 0);
    }
    return missing;
  };

  const traffic: Traffic = {
    onAcknowledged: () => {},
    connect: () => {
      const gates = [order.address, ...order.gates ?? []];
      const taken = conversations.map(() => new Set<string>());
      return inParallel(people, CONNECTING_AT_ONCE, async (person, index) => {
        const address = gates[index % gates.length] ?? order.address;
        const others = order.apart ? taken[conversationOf[index] ?? 0] : undefined;
        peers[index] = await openPeerApart(others ?? new Set(), { ...order, address }, person, {
          frame: (payload) =>
            isMessage(payload) ? onMessage(index, payload) : onAnswer(index, payload),
          closed: (code) => {
            if (!closing) wrong(`closed with ${code}`);
          },
        });
      });
    },
    send: (person, due) => {
      if (sent === dueAt.length) grow();
      const row = sent++;
      const conversation = conversationOf[person] ?? 0;
      dueAt[row] = due;
      unseen[row] = audience[conversation] ?? 0;
      const clientId = series + row.toString(16).padStart(12, "0");
      peers[person]?.wire.send(
        `{"type":"message.send","ref":${row + 1},"conversation":"${
          conversations[conversation]?.id
        }",` +
          `"clientId":"${clientId}","kind":"text","text":"${TEXT}"}`,
      );
    },
    measure: () => {
      begun = { at: performance.now(), ...counts };
      measuring = true;
    },
    stop: () => {
      measuring = false;
      ended = { at: performance.now(), ...counts };
    },
    settle: async () => {
      const late = performance.now() + SETTLE_WITHIN;
      while ((counts.acknowledged < sent || lost() > 0) && performance.now() < late) {
        await new Promise((done) => setTimeout(done, 50));
      }
      if (counts.acknowledged < sent) wrong(`${sent - counts.acknowledged} were never answered`);
    },
    outcome: () => {
      const busiest = Math.max(...perConversation);
      const idlest = Math.min(...perConversation);
      return {
        seconds: (ended.at - begun.at) / 1000,
        ...(order.apart && {
          isolates: [...new Set(peers.map(({ ready }) => ready.isolate))].sort(),
        }),
        units: ended.acknowledged - begun.acknowledged,
        delivered: ended.delivered - begun.delivered,
        latency: ackLatency.summary(),
        delivery: deliveryLatency.summary(),
        lost: lost(),
        doubled: counts.doubled,
        errors: counts.errors,
        unfairness: order.load.kind === "saturated" ? busiest / Math.max(1, idlest) : undefined,
        firstError,
      };
    },
    close: () => {
      closing = true;
      for (const peer of peers) peer?.wire.cut();
    },
  };
  return traffic;
}
