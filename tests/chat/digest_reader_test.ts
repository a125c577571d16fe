import assert from "node:assert/strict";
import { createDigestReader, type Loss } from "../../chat/digest_reader.ts";
import { DIGEST_EVERY } from "../../lib/bus/announcer.ts";
import type { DigestEnvelope } from "../../lib/bus/bus.ts";
import { newId } from "../../lib/ids.ts";
import { createFakeClock } from "../support/clock.ts";

const room = newId();
const other = newId();

function digest(number: number, revs: DigestEnvelope["revs"] = [], epoch = "e1"): DigestEnvelope {
  return { kind: "digest", origin: "far", epoch, number, revs, came: [] };
}

/** A reader that knows the origin `far` up to digest 1. */
function setUp() {
  const clock = createFakeClock();
  const leased = new Set<string>();
  const reader = createDigestReader(clock, "near", (origin) => leased.has(origin));
  const first = reader.digest(digest(1));
  return {
    clock,
    reader,
    leased,
    first,
    /** How many seconds back a loss reaches. */
    seconds: (loss: Loss | undefined): number => {
      assert.ok(loss !== undefined && "since" in loss, JSON.stringify(loss));
      return (clock.now() - loss.since) / 1000;
    },
    /** Lets seconds pass as the hub does, and gives what each tick said. */
    wait: (seconds: number): (Loss | undefined)[] =>
      Array.from({ length: seconds }, () => {
        clock.advance(DIGEST_EVERY);
        return reader.tick();
      }),
  };
}

Deno.test("createDigestReader takes a first contact for a loss", () => {
  const { first, seconds } = setUp();
  assert.equal(seconds(first), 15 * 60);
});

Deno.test("createDigestReader is content with consecutive digests that it heard everything of", () => {
  const { reader, clock } = setUp();
  reader.heard(room, 4);
  reader.heard(room, 5);
  for (let number = 2; number < 40; number++) {
    clock.advance(DIGEST_EVERY);
    const revs: DigestEnvelope["revs"] = number === 2 ? [[room, 5]] : [];
    assert.equal(reader.digest(digest(number, revs)), undefined);
    assert.equal(reader.tick(), undefined);
  }
});

Deno.test("createDigestReader names the conversations that are behind, and no others", () => {
  const { reader } = setUp();
  reader.heard(room, 4);
  reader.heard(other, 9);
  assert.deepEqual(reader.digest(digest(2, [[room, 5], [other, 9]])), { behind: [room] });
});

Deno.test("createDigestReader takes a conversation that it never heard of for behind", () => {
  const { reader } = setUp();
  assert.deepEqual(reader.digest(digest(2, [[room, 1]])), { behind: [room] });
});

Deno.test("createDigestReader takes what another origin published as heard", () => {
  const { reader } = setUp();
  reader.heard(room, 6);
  assert.equal(reader.digest(digest(2, [[room, 5]])), undefined);
});

Deno.test("createDigestReader notices a gap, and trusts the origin again after it", () => {
  const { reader, clock, seconds } = setUp();
  clock.advance(2 * DIGEST_EVERY);
  assert.ok(seconds(reader.digest(digest(3))) >= 2);
  assert.equal(reader.digest(digest(4)), undefined);
});

Deno.test("createDigestReader notices a digest that comes twice or out of order", () => {
  const { reader, seconds } = setUp();
  reader.digest(digest(2));
  assert.equal(seconds(reader.digest(digest(2))), 0);
});

Deno.test("createDigestReader notices a restart, also one whose numbers go on", () => {
  const { reader, clock, seconds } = setUp();
  clock.advance(DIGEST_EVERY);
  assert.ok(seconds(reader.digest(digest(2, [], "e2"))) >= 1);
  assert.equal(reader.digest(digest(3, [], "e2")), undefined);
});

Deno.test("createDigestReader ignores its own origin", () => {
  const clock = createFakeClock();
  const reader = createDigestReader(clock, "near", () => true);
  const own = (number: number): DigestEnvelope => ({
    ...digest(number, [[room, 99]]),
    origin: "near",
  });
  assert.equal(reader.digest(own(1)), undefined);
  assert.equal(reader.digest(own(7)), undefined);
  clock.advance(60_000);
  assert.equal(reader.tick(), undefined);
});

Deno.test("createDigestReader notices silence after three digests, then every five seconds", () => {
  const { wait } = setUp();
  const told = wait(15).flatMap((loss, index) => loss === undefined ? [] : [index + 1]);
  assert.deepEqual(told, [4, 9, 14]);
});

Deno.test("createDigestReader reaches back to the last digest, and then to the last look", () => {
  const { clock, reader, leased, seconds } = setUp();
  leased.add("far");
  let covered = 0;
  for (let now = 1; now <= 60; now++) {
    clock.advance(DIGEST_EVERY);
    const loss = reader.tick();
    if (loss === undefined) continue;
    assert.equal(now - seconds(loss), covered);
    covered = now;
  }
  assert.ok(covered > 50);
});

Deno.test("createDigestReader asks every five seconds as long as a silent origin has its lease", () => {
  const { wait, leased } = setUp();
  leased.add("far");
  const hours = wait(2 * 60 * 60);
  const told = hours.flatMap((loss, index) => loss === undefined ? [] : [index + 1]);
  assert.deepEqual(told, Array.from({ length: told.length }, (_, n) => 4 + 5 * n));
  assert.equal(told.at(-1), 2 * 60 * 60 - 1);
  // Clients load everything anew once, not every five seconds.
  assert.equal(hours.filter((loss) => loss?.besides).length, 1);
  // Its lease ends: what it published besides messages will not be said again.
  leased.delete("far");
  const after = wait(60 * 60);
  assert.deepEqual(after.map((loss) => loss?.besides).slice(0, 2), [true, undefined]);
  assert.ok(after.slice(1).every((loss) => loss === undefined), "it is forgotten");
});

Deno.test("createDigestReader covers the pause when a silent origin speaks again", () => {
  const { wait, reader, seconds } = setUp();
  wait(10);
  // Up to the look at 9 the database was asked.
  const loss = reader.digest(digest(11));
  assert.deepEqual([seconds(loss), loss?.besides], [1, true]);
});

Deno.test("createDigestReader covers the pause of an origin that was silent for minutes", () => {
  const { wait, reader, seconds } = setUp();
  // Cut off rather than dead: it goes on publishing, and says so when it is back.
  const covered = wait(300).reduce(
    (until, loss, index) => loss === undefined ? until : index + 1,
    0,
  );
  const reach = seconds(reader.digest(digest(301)));
  assert.ok(
    300 - reach <= covered,
    `looked until second ${covered}, then back from 300 to ${300 - reach} only`,
  );
});

Deno.test("createDigestReader asks ever more rarely about an origin that is gone, then forgets it", () => {
  const { wait } = setUp();
  const told = wait(60 * 60).flatMap((loss, second) =>
    loss === undefined ? [] : [{ second, ...loss }]
  );
  assert.ok(told.length > 10 && told.length < 40, `${told.length} questions`);
  assert.equal(told.filter(({ besides }) => besides).length, 1);
  for (const [n, { second }] of told.entries()) {
    const before = told[n - 1]?.second ?? 0;
    assert.ok(
      second - before <= Math.max(5, second * 0.3),
      `asked at ${before}, then at ${second}`,
    );
  }
  assert.deepEqual(wait(60 * 60).filter((loss) => loss !== undefined), []);
});

Deno.test("createDigestReader remembers what it heard while a digest may still mention it", () => {
  const { reader, clock } = setUp();
  reader.heard(room, 7);
  for (let number = 2; number <= 25; number++) {
    clock.advance(DIGEST_EVERY);
    reader.digest(digest(number));
    reader.tick();
  }
  assert.equal(reader.digest(digest(26, [[room, 7]])), undefined);
});
