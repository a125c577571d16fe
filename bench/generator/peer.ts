/** One signed-in connection of the generator: ticket, socket, `session.ready`, frames. */
import type { SessionReady } from "../../lib/protocol/frames.ts";
import type { LoadPerson, Order } from "./order.ts";
import { openLine, Refused, type Wire } from "./wire.ts";

export interface Peer {
  readonly ready: SessionReady;
  readonly wire: Wire;
}

const decoder = new TextDecoder();
/** Milliseconds. */
const READY_WITHIN = 60_000;
/** Chance decides where a connection comes to, and with two isolates it is wrong every other time. */
const TRIES_APART = 100;

/**
 * Connects as any client does. Frames after `session.ready` go to `frame`.
 * @throws Refused
 */
export async function openPeer(
  order: Pick<Order, "address" | "tickets">,
  person: Pick<LoadPerson, "user" | "accessToken">,
  listener: { frame(payload: Uint8Array): void; closed(code: number): void },
): Promise<Peer> {
  let line = await openLine(order.address);
  try {
    let ticket = person.user;
    if (order.tickets) {
      const token = `Authorization: Bearer ${person.accessToken}`;
      const answer: { url: string; ticket: string } = JSON.parse(
        await line.request("POST", "/api/v1/tickets", [token], "{}"),
      );
      ticket = answer.ticket;
      const { hostname, port } = new URL(answer.url);
      if (port !== "" && Number(port) !== order.address.port) {
        line.close();
        line = await openLine({ hostname, port: Number(port) });
      }
    }
    const { promise: ready, resolve, reject } = Promise.withResolvers<SessionReady>();
    let isReady = false;
    const wire = await line.upgrade("/api/v1/chat", [`Authorization: Bearer ${ticket}`], {
      frame: (payload) => {
        if (isReady) return listener.frame(payload);
        isReady = true;
        resolve(JSON.parse(decoder.decode(payload)));
      },
      closed: (code) => {
        if (isReady) listener.closed(code);
        else reject(new Error(`closed with ${code} before it was ready`));
      },
    });
    const late = setTimeout(() => reject(new Error("not ready in time")), READY_WITHIN);
    try {
      return { ready: await ready, wire };
    } finally {
      clearTimeout(late);
    }
  } catch (error) {
    line.close();
    throw error;
  }
}

/** The same, again and again for as long as the server asks for patience. */
export async function openPeerPatiently(...call: Parameters<typeof openPeer>): Promise<Peer> {
  while (true) {
    try {
      return await openPeer(...call);
    } catch (error) {
      if (!(error instanceof Refused) || error.status !== 503 || error.retryAfter === undefined) {
        throw error;
      }
      const wait = error.retryAfter * 1000 * (0.5 + Math.random());
      await new Promise((done) => setTimeout(done, wait));
    }
  }
}

/** The same until the peer is at none of the isolates in `taken`, to which it adds its own. */
export async function openPeerApart(
  taken: Set<string>,
  ...[order, person, listener]: Parameters<typeof openPeer>
): Promise<Peer> {
  for (let tries = 0; tries < TRIES_APART; tries++) {
    let kept = false;
    const peer = await openPeerPatiently(order, person, {
      frame: listener.frame,
      closed: (code) => kept && listener.closed(code),
    });
    kept = !taken.has(peer.ready.isolate);
    if (kept) {
      taken.add(peer.ready.isolate);
      return peer;
    }
    peer.wire.cut();
  }
  throw new Error(`every connection came to ${[...taken].join(" or ")}`);
}

/** Runs `task` for each item, at most `atOnce` at the same time. */
export async function inParallel<T>(
  items: readonly T[],
  atOnce: number,
  task: (item: T, index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const index = next++;
      const item = items[index];
      if (item !== undefined) await task(item, index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
}
