import assert from "node:assert/strict";
import { type Bucket, spendTokens, takeTokens } from "../../../lib/kv/buckets.ts";

const bucket: Bucket = { key: ["test", "one"], perSecond: 2, burst: 4 };
const other: Bucket = { key: ["test", "other"], perSecond: 1, burst: 2 };

function testWithKv(behaviour: string, run: (kv: Deno.Kv) => Promise<void>): void {
  Deno.test(behaviour, async () => {
    const kv = await Deno.openKv(":memory:");
    try {
      await run(kv);
    } finally {
      kv.close();
    }
  });
}

testWithKv("takeTokens lets a burst through, and then as much as comes back", async (kv) => {
  const take = async (now: number) => (await takeTokens(kv, [bucket], now))[0];
  for (const remaining of [3, 2, 1, 0]) {
    assert.deepEqual(await take(1_000), { remaining, wait: 0, fullIn: (4 - remaining) * 500 });
  }
  assert.deepEqual(await take(1_000), { remaining: 0, wait: 500, fullIn: 2_000 });
  assert.equal((await take(1_499))?.wait, 1);
  assert.equal((await take(1_500))?.wait, 0);
  assert.equal((await take(1_500))?.wait, 500);
  assert.equal((await take(60_000))?.remaining, 3);
});

testWithKv("takeTokens takes from all buckets or from none", async (kv) => {
  await takeTokens(kv, [other], 1_000, 2);
  const refused = await takeTokens(kv, [bucket, other], 1_000);
  assert.deepEqual(refused.map(({ wait }) => wait), [0, 1_000]);
  assert.equal((await takeTokens(kv, [bucket], 1_000))[0]?.remaining, 3);
});

testWithKv("takeTokens lets no more through when many ask at once", async (kv) => {
  const taken = await Promise.all(
    Array.from({ length: 40 }, () => takeTokens(kv, [bucket], 1_000)),
  );
  assert.equal(taken.filter(([one]) => one?.wait === 0).length, 4);
});

testWithKv(
  "spendTokens takes no more than there is, and gives back no more than was",
  async (kv) => {
    assert.deepEqual(
      await spendTokens(kv, [{ bucket, tokens: 100 }, { bucket: other, tokens: 1 }], 1_000),
      [2_000, 1_000],
    );
    assert.equal((await takeTokens(kv, [bucket], 1_000))[0]?.wait, 500);
    assert.deepEqual(await spendTokens(kv, [{ bucket, tokens: -1 }], 1_000), [1_500]);
    assert.equal((await takeTokens(kv, [bucket], 1_000))[0]?.wait, 0);
    assert.deepEqual(await spendTokens(kv, [{ bucket, tokens: -100 }], 1_000), [0]);
    assert.equal((await takeTokens(kv, [bucket], 1_000))[0]?.remaining, 3);
  },
);

testWithKv("spendTokens takes from more buckets than the store reads at a time", async (kv) => {
  const spent = Array.from(
    { length: 25 },
    (_, n) => ({ bucket: { ...bucket, key: ["test", String(n)] }, tokens: n / 10 }),
  );
  const fullIn = await spendTokens(kv, spent, 1_000);
  assert.deepEqual(fullIn.map(Math.round), spent.map((_, n) => n * 50));
});
