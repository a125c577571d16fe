/** W1: people who are connected and silent. */
import type { Order, Outcome, Phase } from "./order.ts";
import { inParallel, openPeerPatiently, type Peer } from "./peer.ts";

export async function stayIdle(order: Order, tell: (phase: Phase) => void): Promise<Outcome> {
  const peers: Peer[] = [];
  let errors = 0;
  let closing = false;
  // Measured from here: what one connection costs is the difference.
  tell({ phase: "measuring" });
  // It looks before the first connection comes.
  await new Promise((done) => setTimeout(done, 1000));
  const begun = performance.now();
  await inParallel(order.people, 64, async (person) => {
    const peer = await openPeerPatiently(order, person, {
      frame: () => {},
      closed: () => {
        if (!closing) errors++;
      },
    });
    peers.push(peer);
  });
  const seconds = (performance.now() - begun) / 1000;
  tell({ phase: "connected" });
  await new Promise((done) => setTimeout(done, order.seconds * 1000));
  tell({ phase: "measured" });
  // The next phase is not over before the bench has looked.
  await new Promise((done) => setTimeout(done, 1000));
  closing = true;
  for (const peer of peers) peer.wire.cut();
  return {
    seconds,
    units: peers.length,
    delivered: 0,
    latency: undefined,
    delivery: undefined,
    lost: 0,
    doubled: 0,
    errors,
    unfairness: undefined,
    firstError: errors > 0 ? `${errors} connections ended by themselves` : undefined,
  };
}
