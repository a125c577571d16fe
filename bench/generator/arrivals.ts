/** W5: people who arrive, one after the other or all at once. */
import { createLatencies } from "./latencies.ts";
import { conversationsOf, type Order, type Outcome, type Phase } from "./order.ts";
import { inParallel, openPeer, openPeerPatiently, type Peer } from "./peer.ts";
import { openLine } from "./wire.ts";

const decoder = new TextDecoder();
const NOTHING = { frame: () => {}, closed: () => {} };

/** From the name and the password to `session.ready`, on an account that exists. */
export async function signIn(order: Order, tell: (phase: Phase) => void): Promise<Outcome> {
  const { load, people } = order;
  if (load.kind !== "sign-in") throw new Error(`not for ${load.kind}`);
  const latencies = createLatencies();
  tell({ phase: "measuring" });
  const begun = performance.now();
  for (let time = 0; time < load.times; time++) {
    const person = people[time % people.length];
    if (person === undefined) break;
    const start = performance.now();
    const line = await openLine(order.address);
    const body = JSON.stringify({ login: person.username, password: load.password });
    const grant = JSON.parse(await line.request("POST", "/api/v1/sessions", [], body));
    line.close();
    const peer = await openPeer(
      order,
      { user: person.user, accessToken: grant.accessToken },
      NOTHING,
    );
    latencies.add(performance.now() - start);
    peer.wire.cut();
  }
  const seconds = (performance.now() - begun) / 1000;
  tell({ phase: "measured" });
  return { ...QUIET, seconds, units: latencies.count, latency: latencies.summary() };
}

/** Everyone is cut off, misses some messages, and comes back in the same moment. */
export async function reconnect(order: Order, tell: (phase: Phase) => void): Promise<Outcome> {
  const { load, people } = order;
  if (load.kind !== "reconnect") throw new Error(`not for ${load.kind}`);
  const seats = conversationsOf(order);
  const cursors = new Map<string, number>();
  const before: Peer[] = [];
  await inParallel(people, 64, async (person, index) => {
    before[index] = await openPeerPatiently(order, person, NOTHING);
  });
  tell({ phase: "connected" });
  for (const { ready } of before) {
    for (const { conversation, rev } of ready.heads) cursors.set(conversation, rev);
  }
  for (const { wire } of before) wire.cut();
  await Promise.all(before.map(({ wire }) => wire.closed));
  await missMessages(order, load.missed);

  const latencies = createLatencies();
  let delivered = 0;
  let lost = 0;
  let errors = 0;
  let firstError: string | undefined;
  tell({ phase: "measuring" });
  const begun = performance.now();
  const after: Peer[] = [];
  await Promise.all(people.map(async (person, index) => {
    try {
      const { promise: synced, resolve, reject } = Promise.withResolvers<number>();
      const peer = await openPeerPatiently(order, person, {
        frame: (payload) => {
          const frame = JSON.parse(decoder.decode(payload));
          if (frame.type === "ok") resolve(frame.messages.length);
        },
        closed: (code) => reject(new Error(`closed with ${code} before the answer`)),
      });
      after.push(peer);
      const conversation = seats[index]?.id ?? "";
      const since = cursors.get(conversation) ?? 0;
      peer.wire.send(JSON.stringify({ type: "conversation.sync", ref: 1, conversation, since }));
      const found = await synced;
      delivered += found;
      lost += Math.max(0, load.missed - found);
      latencies.add(performance.now() - begun);
    } catch (error) {
      errors++;
      firstError ??= String(error);
    }
  }));
  const seconds = (performance.now() - begun) / 1000;
  tell({ phase: "measured" });
  for (const { wire } of after) wire.cut();
  const latency = latencies.summary();
  return {
    ...QUIET,
    seconds,
    units: latencies.count,
    delivered,
    latency,
    lost,
    errors,
    firstError,
  };
}

/** Sends `missed` messages into every conversation while its other members are away. */
async function missMessages(order: Order, missed: number): Promise<void> {
  await inParallel(order.conversations, 64, async ({ id, members }) => {
    const person = order.people[members[0] ?? 0];
    if (person === undefined) return;
    let answered: () => void = () => {};
    const peer = await openPeerPatiently(order, person, {
      frame: () => answered(),
      closed: () => {},
    });
    for (let ref = 1; ref <= missed; ref++) {
      const clientId = crypto.randomUUID();
      const answer = new Promise<void>((done) => answered = done);
      peer.wire.send(JSON.stringify({
        type: "message.send",
        ref,
        conversation: id,
        clientId,
        kind: "text",
        text: "You were away for a moment.",
      }));
      await answer;
    }
    peer.wire.cut();
    await peer.wire.closed;
  });
}

const QUIET = {
  delivered: 0,
  delivery: undefined,
  lost: 0,
  doubled: 0,
  errors: 0,
  unfairness: undefined,
  firstError: undefined,
};
