/**
 * Pairs of people who sit at different isolates, of one process or of several, and talk at a rate that
 * does not wait for the server. The load comes from a process of its own.
 */
import assert from "node:assert/strict";
import { generate } from "../../bench/generate.ts";
import type { Outcome } from "../../bench/generator/order.ts";
import type { Address } from "../../bench/generator/wire.ts";
import type { Cast } from "../../bench/seed.ts";
import { tell } from "./campaign.ts";
import { withinOption } from "./within_option.ts";

const PER_SECOND = 1_000;
const SECONDS = 5;
const WARM_UP_SECONDS = 4;
/** A machine that is busy for some seconds may try again. */
const TRIES = 3;
/**
 * Milliseconds within which 99 of 100 messages are with the other. 10 is the aim, for a machine that does
 * nothing else: `deno test … -- --within=10`. One that is shared gets enough to notice a server that
 * falls behind.
 */
const WITHIN = withinOption(3_000);

/** Two by two. */
export const TALKERS = 200;

/**
 * Talks until the aim is reached or the tries are used up, and fails then; a message that is lost,
 * doubled or refused fails at once.
 * @param gates where people come in, by turns
 * @param cast `TALKERS` people, in pairs
 * @param places how many isolates there are: somebody must be at each
 */
export async function talkApart(
  gates: readonly [Address, ...Address[]],
  cast: Cast,
  places: number,
): Promise<void> {
  const [address, ...others] = gates;
  for (let tried = 1;; tried++) {
    const outcome = await generate({
      address,
      gates: others,
      apart: true,
      tickets: true,
      ...cast,
      load: { kind: "paced", perSecond: PER_SECOND },
      seconds: SECONDS,
      warmUpSeconds: WARM_UP_SECONDS,
    });
    tell(report(outcome));
    const { lost, doubled, errors, firstError, isolates } = outcome;
    assert.deepEqual({ lost, doubled, errors, firstError }, {
      lost: 0,
      doubled: 0,
      errors: 0,
      firstError: undefined,
    });
    assert.equal(isolates?.length, places, `people are at ${isolates}`);
    const p99 = outcome.delivery?.p99 ?? Infinity;
    if (p99 <= WITHIN) return;
    assert.ok(
      tried < TRIES,
      `the p99 of the delivery was ${p99} ms, and never within ${WITHIN} ms`,
    );
  }
}

function report({ units, seconds, delivery, latency, isolates }: Outcome): string {
  const ms = (value: number | undefined) => `${value?.toFixed(1)} ms`;
  return `${Math.round(units / seconds)} messages a second between ${isolates?.length} isolates: ` +
    `delivered p50 ${ms(delivery?.p50)}, p99 ${ms(delivery?.p99)}, most ${ms(delivery?.max)}; ` +
    `acknowledged p50 ${ms(latency?.p50)}, p99 ${ms(latency?.p99)}`;
}
