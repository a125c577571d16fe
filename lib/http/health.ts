import { Hono } from "hono";

/** Milliseconds after which a dependency that does not answer counts as down. */
const PATIENCE = 2_000;
/** Milliseconds: anybody may ask, and however often they do, dependencies are asked once in this time. */
const FRESH = 1_000;

type State = "up" | "down" | "refused";

/**
 * By name: how to find out whether it is there, and whether the process can serve without it. The
 * answer is why it may not be used, or undefined.
 */
export type Dependencies = Readonly<
  Record<string, { check: () => PromiseLike<string | undefined>; needed: boolean }>
>;

/**
 * Whether the process is alive, and whether it can serve. One that drains says so before it refuses
 * anything, so that whoever asks regularly sends nobody there any more.
 * @param clockNotice that this machine's clock is off, which keeps it from nothing
 */
export function health(
  dependencies: Dependencies,
  draining: () => boolean,
  clockNotice: () => string | undefined = () => undefined,
  now: () => number = () => performance.now(),
) {
  let last:
    | { at: number; found: Promise<(Found & { name: string; needed: boolean })[]> }
    | undefined;
  const ask = () => {
    if (last !== undefined && now() - last.at < FRESH) return last.found;
    const found = Promise.all(
      Object.entries(dependencies).map(async ([name, { check, needed }]) => ({
        name,
        needed,
        ...await stateOf(check()),
      })),
    );
    last = { at: now(), found };
    return found;
  };
  return new Hono()
    .get("/healthz", (c) => c.json({ status: "alive" }))
    .get("/readyz", async (c) => {
      const asked = await ask();
      const ready = !draining() && !asked.some(({ needed, state }) => needed && state !== "up");
      const reasons = asked.flatMap(({ name, reason }) =>
        reason === undefined ? [] : [[name, reason]]
      );
      const notice = clockNotice();
      if (notice !== undefined) reasons.push(["clock", notice]);
      return c.json({
        status: ready ? "ready" : draining() ? "draining" : "not-ready",
        dependencies: Object.fromEntries(asked.map(({ name, state }) => [name, state])),
        ...(reasons.length > 0 && { reasons: Object.fromEntries(reasons) }),
      }, ready ? 200 : 503);
    });
}

type Found = { state: State; reason?: string };

async function stateOf(answer: PromiseLike<string | undefined>): Promise<Found> {
  const { promise: late, resolve } = Promise.withResolvers<Found>();
  const timer = setTimeout(() => resolve({ state: "down" }), PATIENCE);
  const asked = Promise.resolve(answer).then(
    (reason): Found => reason === undefined ? { state: "up" } : { state: "refused", reason },
    (): Found => ({ state: "down" }),
  );
  const found = await Promise.race([asked, late]);
  clearTimeout(timer);
  return found;
}
