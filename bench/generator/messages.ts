/** W3 and W4: people who send. */
import type { Load, Order, Outcome, Phase } from "./order.ts";
import { createTraffic } from "./traffic.ts";

/** Milliseconds between two looks at what is due. */
const PACE = 1;

export async function sendMessages(
  order: Order,
  tell: (phase: Phase) => void,
): Promise<Outcome> {
  const { load, people, seconds, warmUpSeconds } = order;
  const traffic = createTraffic(order);
  await traffic.connect();
  tell({ phase: "connected" });
  const stop = begin(load, people.length, traffic.send, (next) => traffic.onAcknowledged = next);
  await pause(warmUpSeconds);
  traffic.measure();
  tell({ phase: "measuring" });
  await pause(seconds);
  traffic.stop();
  tell({ phase: "measured" });
  stop();
  await traffic.settle();
  traffic.close();
  return traffic.outcome();
}

/** Starts sending; the answer ends it. */
function begin(
  load: Load,
  people: number,
  send: (person: number, due: number) => void,
  onAcknowledged: (next: (person: number) => void) => void,
): () => void {
  let open = true;
  if (load.kind === "paced") {
    const start = performance.now();
    let sent = 0;
    const timer = setInterval(() => {
      const now = performance.now();
      // A late look sends what was due before it as well, and counts the delay.
      for (let due = dueAt(sent); due <= now; due = dueAt(++sent)) {
        // Far apart, so that one person's two messages never meet.
        send((sent * 7919) % people, due);
      }
    }, PACE);
    const dueAt = (index: number) => start + index * 1000 / load.perSecond;
    return () => clearInterval(timer);
  }
  const senders = load.kind === "group" ? load.senders : people;
  onAcknowledged((person) => {
    if (open) send(person, performance.now());
  });
  for (let person = 0; person < senders; person++) send(person, performance.now());
  return () => void (open = false);
}

function pause(seconds: number): Promise<void> {
  return new Promise((done) => setTimeout(done, seconds * 1000));
}
