/** How long what somebody says takes to somebody else who is at another node. */
import assert from "node:assert/strict";
import { createLatencies } from "../../bench/generator/latencies.ts";
import type { Latency } from "../../bench/generator/order.ts";
import { inParallel, openPeerPatiently, type Peer } from "../../bench/generator/peer.ts";
import { clientNumber, isMessage } from "../../bench/generator/scan.ts";
import { inventCast, seedCast } from "../../bench/seed.ts";
import { newId } from "../../lib/ids.ts";
import type { Sql } from "../../lib/sql/open.ts";
import { insertSession } from "../../lib/sql/sessions.ts";
import { insertTicket } from "../../lib/sql/tickets.ts";
import { hashToken, newToken } from "../../lib/tokens.ts";
import { eventually } from "./deadline.ts";

/** Where a person connects, and the node that their ticket is for. */
export type Place = { port: number; node: string };

/** People in twos, each of them at another place than the other. */
const PEOPLE = 60;
const PER_SECOND = 1_000;
const SECONDS = 4;
/** So that the code is compiled and the connections are warm. */
const WARM_UP = 8;
const PACE = 1;

/**
 * Lets people write 1,000 messages a second in twos, and times each from when it was due until it is
 * with the other one.
 * @returns the summary of each of `windows` measurements, after a warm-up
 */
export async function measureTalk(
  sql: Sql,
  places: readonly Place[],
  windows: number,
): Promise<Latency[]> {
  const { people, conversations } = await seedCast(sql, inventCast(PEOPLE, "pairs"), "pairs");
  const total = PER_SECOND * (WARM_UP + windows * SECONDS);
  const series = crypto.randomUUID().slice(0, 24);
  const dueAt = new Float64Array(total);
  const arrivedAt = new Float64Array(total);
  const wrong: string[] = [];
  const decoder = new TextDecoder();
  let closing = false;
  let arrived = 0;
  const listener = {
    frame: (payload: Uint8Array) => {
      if (isMessage(payload)) {
        const row = clientNumber(payload);
        if (arrivedAt[row] !== 0) wrong.push(`message ${row} came twice`);
        arrivedAt[row] = performance.now();
        arrived++;
      } else {
        const frame = JSON.parse(decoder.decode(payload));
        if (frame.type === "error") wrong.push(JSON.stringify(frame));
      }
    },
    closed: (code: number) => {
      if (!closing) wrong.push(`closed with ${code}`);
    },
  };
  const peers: Peer[] = [];
  await inParallel(people, 16, async ({ user }, index) => {
    // Two who talk to each other have numbers that follow one another, and so have their places.
    const place = places[(Math.floor(index / 2) + index % 2) % places.length];
    assert.ok(place !== undefined);
    const ticket = await seedTicket(sql, user, place.node);
    const order = { address: { hostname: "127.0.0.1", port: place.port }, tickets: false };
    peers[index] = await openPeerPatiently(order, { user: ticket, accessToken: "" }, listener);
  });

  let sent = 0;
  const send = () => {
    const row = sent++;
    // Far apart, so that one pair's messages do not wait for each other.
    const person = (row * 7919) % PEOPLE;
    const conversation = conversations[Math.floor(person / 2)]?.id ?? "";
    peers[person]?.wire.send(JSON.stringify({
      type: "message.send",
      ref: row + 1,
      conversation,
      clientId: series + row.toString(16).padStart(12, "0"),
      kind: "text",
      text: "Shall we meet at the station at half past six? 我带伞，你带书。",
    }));
  };
  const talk = async (seconds: number): Promise<Latency> => {
    const first = sent;
    const end = first + seconds * PER_SECOND;
    const begun = performance.now();
    const due = (row: number) => begun + (row - first) * 1000 / PER_SECOND;
    while (sent < end) {
      for (const now = performance.now(); sent < end && due(sent) <= now;) {
        dueAt[sent] = due(sent);
        send();
      }
      await new Promise((resolve) => setTimeout(resolve, PACE));
    }
    await eventually(() => arrived === sent, "everything has come", 20_000);
    const latencies = createLatencies();
    for (let row = first; row < sent; row++) {
      latencies.add((arrivedAt[row] ?? NaN) - (dueAt[row] ?? NaN));
    }
    const summary = latencies.summary();
    assert.ok(summary !== undefined);
    return summary;
  };

  try {
    await talk(WARM_UP);
    const measured: Latency[] = [];
    for (let window = 0; window < windows; window++) measured.push(await talk(SECONDS));
    assert.deepEqual(wrong, []);
    return measured;
  } finally {
    closing = true;
    for (const { wire } of peers) wire.cut();
  }
}

async function seedTicket(sql: Sql, user: string, node: string): Promise<string> {
  const session = newId();
  await insertSession(sql, {
    id: session,
    userId: user,
    device: "",
    ip: "",
  });
  const ticket = newToken();
  await insertTicket(sql, { hash: hashToken(ticket), session, node, seconds: 30 });
  return ticket;
}

/** The middle one of several p99, and what to tell of all. */
export function summaryOf(measured: readonly Latency[]): { p99: number; told: string } {
  const middle = (pick: (latency: Latency) => number) =>
    measured.map(pick).sort((a, b) => a - b)[Math.floor(measured.length / 2)] ?? NaN;
  const p99 = middle((latency) => latency.p99);
  const p50 = middle((latency) => latency.p50);
  const each = measured.map((latency) => latency.p99.toFixed(1)).join(", ");
  return { p99, told: `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms (of ${each})` };
}
