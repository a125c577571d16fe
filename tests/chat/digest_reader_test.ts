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
  const reader = createDigestReader(clock, "near");
  const first = reader.digest(digest(1));
  return {
    clock,
    reader,
    first,
    /** Lets seconds pass as the hub does, and gives what each tick said. */
    wait: (seconds: number): (Loss | undefined)[] =>
      Array.from({ length: seconds }, () => {
        clock.advance(DIGEST_EVERY);
        return reader.tick();
      }),
  };
}

function seconds(loss: Loss | undefined): number {
  assert.ok(loss !== undefined && "since" in loss, JSON.stringify(loss));
  return loss.since;
}

Deno.test("createDigestReader takes a first contact for a loss", () => {
  assert.ok(seconds(setUp().first) > 0);
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
  const { reader, clock } = setUp();
  clock.advance(2 * DIGEST_EVERY);
  assert.ok(seconds(reader.digest(digest(3))) >= 2);
  assert.equal(reader.digest(digest(4)), undefined);
});

Deno.test("createDigestReader notices a digest that comes twice or out of order", () => {
  const { reader } = setUp();
  reader.digest(digest(2));
  assert.ok(seconds(reader.digest(digest(2))) > 0);
});

Deno.test("createDigestReader notices a restart, also one whose numbers go on", () => {
  const { reader, clock } = setUp();
  clock.advance(DIGEST_EVERY);
  assert.ok(seconds(reader.digest(digest(2, [], "e2"))) >= 1);
  assert.equal(reader.digest(digest(3, [], "e2")), undefined);
});

Deno.test("createDigestReader ignores its own origin", () => {
  const clock = createFakeClock();
  const reader = createDigestReader(clock, "near");
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

Deno.test("createDigestReader reaches back to the last digest at every look", () => {
  const { wait } = setUp();
  for (const [index, loss] of wait(15).entries()) {
    if (loss !== undefined) assert.ok(seconds(loss) >= index + 1);
  }
});

Deno.test("createDigestReader covers the pause when a silent origin speaks again", () => {
  const { wait, reader } = setUp();
  wait(10);
  assert.ok(seconds(reader.digest(digest(11))) >= 10);
});

Deno.test("createDigestReader covers the pause of an origin that was silent for minutes", () => {
  const { wait, reader } = setUp();
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

Deno.test("createDigestReader forgets an origin that is gone for good", () => {
  const { wait } = setUp();
  wait(60);
  assert.deepEqual(wait(60).filter((loss) => loss !== undefined), []);
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
