/** Lets faults happen one after the other and two at a time, in an order that chance makes. */
import type { Fault } from "./cluster_faults.ts";
import type { Random } from "./random.ts";

/** Milliseconds at most from the beginning of one fault to that of the next. */
const APART = 4_000;
const AT_ONCE = 2;

/** Resolves when the last one has ended. */
export async function runFaults(
  faults: readonly Fault[],
  random: Random,
  tell: (line: string) => void,
): Promise<void> {
  const begun = performance.now();
  const time = () => ((performance.now() - begun) / 1000).toFixed(1).padStart(5);
  const running = new Map<Promise<void>, Fault>();
  const left = shuffled(faults, random);

  const happen = async (fault: Fault, lasts: number) => {
    tell(`${time()} ${fault.name}`);
    await fault.begin();
    await pause(lasts);
    await fault.end();
    tell(`${time()} over: ${fault.name}`);
  };

  while (left.length > 0) {
    const taken = new Set([...running.values()].flatMap(({ to }) => to));
    const index = left.findIndex(({ to }) => !to.some((name) => taken.has(name)));
    if (index < 0 || running.size >= AT_ONCE) {
      await Promise.race(running.keys());
      continue;
    }
    const [fault] = left.splice(index, 1);
    if (fault === undefined) break;
    const happening = happen(fault, fault.lasts * (0.5 + random.next() / 2))
      .finally(() => running.delete(happening));
    // Whoever waits for it is told of a failure; it must not end the test on the way there.
    happening.catch(() => {});
    running.set(happening, fault);
    await Promise.race([pause(random.next() * APART), happening]);
  }
  await Promise.all(running.keys());
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  const left = [...items];
  return items.map(() => left.splice(random.below(left.length), 1)[0] as T);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
