import assert from "node:assert/strict";
import type { Balance } from "../../lib/config.ts";
import type { NodeReport } from "../../lib/kv/leases.ts";
import { type Candidate, candidatesOf, type Client, createBalancer } from "../../status/balance.ts";
import { leaseOf, sharesOf } from "../support/nodes_of.ts";
import { createRandom } from "../support/random.ts";

const ALL: readonly Balance[] = ["least-connections", "round-robin", "weighted", "ip-hash"];

const client = (change: Partial<Client> = {}): Client => ({
  exclude: [],
  region: "local",
  address: "203.0.113.1",
  ...change,
});

function candidates(...reports: (Partial<NodeReport> & { node: string })[]): Candidate[] {
  return candidatesOf(reports.map(leaseOf), () => 0);
}

const balancer = (balance: Balance) => createBalancer(balance, createRandom(7).next);

/** Where `count` clients go, each of another address, if every node remembers whom it got. */
function spread(
  balance: Balance,
  reports: readonly (Partial<NodeReport> & { node: string })[],
  // Addresses fall by chance: a share of 3,000 is 5 % off once in twenty times, of 30,000 never.
  count = balance === "ip-hash" ? 30_000 : 3_000,
): (string | undefined)[] {
  const { choose } = balancer(balance);
  const held = new Map<string, number>();
  return Array.from({ length: count }, (_, n) => {
    const now = reports.map((report) => ({
      capacity: 100_000,
      ...report,
      connections: (report.connections ?? 0) + (held.get(report.node) ?? 0),
    }));
    const chosen = choose(candidates(...now), client({ address: `10.0.${n >> 8}.${n & 255}` }))?.id;
    if (chosen !== undefined) held.set(chosen, (held.get(chosen) ?? 0) + 1);
    return chosen;
  });
}

for (const balance of ALL) {
  const near = (share: number | undefined, expected: number, what: string) =>
    assert.ok(
      Math.abs((share ?? 0) - expected) <= 0.05 * expected,
      `${balance}, ${what}: ${share}`,
    );

  Deno.test(`createBalancer ${balance} shares clients evenly among equal nodes`, () => {
    const shares = sharesOf(spread(balance, ["a", "b", "c"].map((node) => ({ node }))));
    for (const node of ["a", "b", "c"]) near(shares[node], 1 / 3, node);
  });

  Deno.test(`createBalancer ${balance} prefers the caller's region, and obeys exclude`, () => {
    const nodes = candidates(
      { node: "far", region: "far" },
      { node: "one" },
      { node: "two" },
    );
    const { choose } = balancer(balance);
    for (let n = 0; n < 50; n++) {
      const address = `10.0.0.${n}`;
      assert.notEqual(choose(nodes, client({ address }))?.id, "far");
      assert.equal(choose(nodes, client({ address, exclude: ["one"] }))?.id, "two");
      assert.equal(choose(nodes, client({ address, exclude: ["one", "two"] }))?.id, "far");
      assert.equal(choose(nodes, client({ address, region: "far" }))?.id, "far");
      assert.ok(choose(nodes, client({ address, region: "nowhere" })));
      // Whoever has lost all there are comes back to one of them, near if there is one.
      const lost = choose(nodes, client({ address, exclude: ["one", "two", "far"] }))?.id;
      assert.ok(lost === "one" || lost === "two");
    }
  });

  Deno.test(`createBalancer ${balance} leaves out who drains, is full or late`, () => {
    const { choose } = balancer(balance);
    const unable: Partial<NodeReport>[] = [
      { draining: true },
      { connections: 5, capacity: 5 },
      { connections: 6, capacity: 5 },
      { delay: 500 },
    ];
    for (const change of unable) {
      const nodes = candidates(
        { node: "unable", ...change },
        { node: "able", region: "far", connections: 4, capacity: 5, delay: 499 },
      );
      for (let n = 0; n < 20; n++) {
        assert.equal(choose(nodes, client({ address: `10.0.0.${n}` }))?.id, "able");
      }
      assert.equal(choose(nodes, client({ exclude: ["able"] }))?.id, "able");
      assert.equal(choose(nodes.slice(0, 1), client()), undefined);
    }
    assert.equal(choose([], client()), undefined);
  });

  Deno.test(`createBalancer ${balance} does not send every first client to the same node`, () => {
    const random = createRandom(11);
    const nodes = candidates({ node: "a" }, { node: "b" }, { node: "c" });
    const first = Array.from({ length: 300 }, (_, n) => {
      const { choose } = createBalancer(balance, random.next);
      return choose(nodes, client({ address: `10.1.${n >> 8}.${n & 255}` }))?.id;
    });
    for (const share of Object.values(sharesOf(first))) assert.ok(share > 0.2 && share < 0.5);
  });
}

for (const balance of ["least-connections", "weighted", "ip-hash"] as const) {
  Deno.test(`createBalancer ${balance} keeps to weights of 2, 1 and 1`, () => {
    const nodes = [{ node: "a", weight: 2 }, { node: "b", weight: 1 }, { node: "c", weight: 1 }];
    const shares = sharesOf(spread(balance, nodes));
    for (const [node, expected] of [["a", 0.5], ["b", 0.25], ["c", 0.25]] as const) {
      const off = Math.abs((shares[node] ?? 0) - expected);
      assert.ok(off <= 0.05 * expected, `${node}: ${shares[node]}`);
    }
  });
}

Deno.test("createBalancer least-connections fills up who has fewer, whatever their capacity is", () => {
  const nodes = [{ node: "a", connections: 900 }, { node: "b", capacity: 100_000 }, { node: "c" }];
  const chosen = spread("least-connections", nodes, 1_800);
  assert.ok(!chosen.slice(0, 1_790).includes("a"), "the others first");
  assert.ok(Math.abs((sharesOf(chosen)["b"] ?? 0) - 0.5) < 0.01);
});

Deno.test("createBalancer round-robin goes on in order when nodes go, come and are left out", () => {
  const { choose, keep } = balancer("round-robin");
  const turn = (names: string[], exclude: string[] = []) =>
    choose(candidates(...names.map((node) => ({ node }))), client({ exclude }))?.id;
  const all = ["a", "b", "c"];
  const order = [turn(all), turn(all), turn(all)];
  assert.deepEqual([...order].sort(), all);
  assert.deepEqual([turn(all), turn(all), turn(all)], order);
  const [first = "", second = "", third = ""] = order;
  // Who was left out is the next: it has waited longest.
  assert.equal(turn(all, [first]), second);
  assert.equal(turn(all), first);
  assert.deepEqual([turn([first, second]), turn([first, second])], [second, first]);
  assert.equal(turn(all), third);
  // A newcomer gets one turn, not all that it has missed.
  assert.equal(turn([...all, "d"]), "d");
  assert.notEqual(turn([...all, "d"]), "d");
  keep(new Set([]));
  assert.deepEqual([turn(all), turn(all), turn(all)].sort(), all);
});

Deno.test("createBalancer weighted spreads a heavy node's turns", () => {
  const { choose } = balancer("weighted");
  const nodes = candidates({ node: "a", weight: 5 }, { node: "b" }, { node: "c" });
  const turns = Array.from({ length: 70 }, () => choose(nodes, client())?.id).join("");
  assert.ok(!turns.includes("aaaaa"), turns);
  assert.equal(turns.replaceAll("a", "").length, 20);
});

Deno.test("createBalancer ip-hash moves the clients of a lost node, and nobody else", () => {
  for (const weights of [[1, 1, 1], [2, 1, 1], [1, 3, 2]]) {
    const nodes = ["a", "b", "c"].map((node, n) => ({ node, weight: weights[n] ?? 1 }));
    const before = spread("ip-hash", nodes, 3_000);
    assert.deepEqual(spread("ip-hash", nodes, 3_000), before, "the same again, whoever asks");
    for (const { node: lost } of nodes) {
      const after = spread("ip-hash", nodes.filter(({ node }) => node !== lost), 3_000);
      const moved = before.filter((node, n) => node !== after[n]).length;
      assert.equal(moved, before.filter((node) => node === lost).length);
      if (weights.every((weight) => weight === 1)) assert.ok(moved <= 0.4 * before.length);
    }
  }
});

Deno.test("candidatesOf puts a node's isolates together", () => {
  const same = { node: "n", url: "ws://n", region: "here", weight: 3 };
  const [first, ...rest] = candidatesOf([
    leaseOf({ ...same, origin: "n.1", connections: 5, capacity: 10, delay: 3 }),
    leaseOf({ ...same, origin: "n.2", connections: 1, capacity: 20, delay: 90 }),
    leaseOf({ ...same, origin: "n.3", connections: 7, capacity: 40, delay: 900, draining: true }),
  ], ({ origin }) => origin === "n.1" ? 2 : 0.5);
  assert.deepEqual(rest, []);
  const { isolates, ...node } = first ?? assert.fail();
  // Whoever drains listens no more: no client gets it.
  assert.deepEqual(isolates.map(({ origin }) => origin), ["n.1", "n.2"]);
  assert.deepEqual(node, {
    id: "n",
    url: "ws://n",
    region: "here",
    weight: 3,
    connections: 8.5,
    capacity: 30,
    delay: 90,
    draining: false,
  });
  const gone = ["n.1", "n.2"].map((origin) => leaseOf({ ...same, origin, draining: true }));
  assert.deepEqual(candidatesOf(gone, () => 0).map(({ draining }) => draining), [true]);
});
