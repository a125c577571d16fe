/** W6: people who read pages of their conversations' logs. */
import { createLatencies } from "./latencies.ts";
import { conversationsOf, type Order, type Outcome, type Phase } from "./order.ts";
import { inParallel, openPeerPatiently } from "./peer.ts";

const decoder = new TextDecoder();
/** Messages a page: the contract's own defaults. */
const SYNC_PAGE = 100;
const HISTORY_PAGE = 50;

export async function readPages(order: Order, tell: (phase: Phase) => void): Promise<Outcome> {
  const { load, people, seconds, warmUpSeconds } = order;
  const seats = conversationsOf(order);
  if (load.kind !== "sync" && load.kind !== "history") throw new Error(`not for ${load.kind}`);
  const page = load.kind === "sync" ? SYNC_PAGE : HISTORY_PAGE;
  const latencies = createLatencies();
  let measuring = false;
  let open = true;
  let pages = 0;
  let messages = 0;
  let errors = 0;
  let firstError: string | undefined;
  const wires: { cut(): void }[] = [];
  await inParallel(people, 64, async (person, index) => {
    let sentAt = 0;
    let ref = 0;
    const ask = () => {
      sentAt = performance.now();
      // Anywhere in the log, as people do who scroll and who come back after a while.
      const place = Math.floor(Math.random() * (load.length - page));
      const range = load.kind === "sync"
        ? { type: "conversation.sync", since: place, limit: page }
        : { type: "conversation.history", before: place + page + 1, limit: page };
      peer.wire.send(JSON.stringify({ ...range, ref: ++ref, conversation: seats[index]?.id }));
    };
    const peer = await openPeerPatiently(order, person, {
      frame: (payload) => {
        const frame = JSON.parse(decoder.decode(payload));
        if (frame.type === "ok" && frame.messages.length === page) {
          if (measuring) {
            pages++;
            messages += page;
            latencies.add(performance.now() - sentAt);
          }
        } else {
          errors++;
          firstError ??= JSON.stringify(frame).slice(0, 200);
        }
        if (open) ask();
      },
      closed: (code) => {
        if (!open) return;
        errors++;
        firstError ??= `closed with ${code}`;
      },
    });
    wires.push(peer.wire);
    ask();
  });
  tell({ phase: "connected" });
  await pause(warmUpSeconds);
  measuring = true;
  const begun = performance.now();
  tell({ phase: "measuring" });
  await pause(seconds);
  measuring = false;
  tell({ phase: "measured" });
  const measured = (performance.now() - begun) / 1000;
  open = false;
  await pause(0.5);
  for (const wire of wires) wire.cut();
  return {
    seconds: measured,
    units: pages,
    delivered: messages,
    latency: latencies.summary(),
    delivery: undefined,
    lost: 0,
    doubled: 0,
    errors,
    unfairness: undefined,
    firstError,
  };
}

function pause(seconds: number): Promise<void> {
  return new Promise((done) => setTimeout(done, seconds * 1000));
}
