import { Hono } from "hono";

/** Milliseconds after which a dependency that does not answer counts as down. */
const PATIENCE = 2_000;

type State = "up" | "down";

/** By name: how to find out whether it is there, and whether the process can serve without it. */
export type Dependencies = Readonly<
  Record<string, { check: () => PromiseLike<unknown>; needed: boolean }>
>;

/** Whether the process is alive, and whether it can serve. */
export function health(dependencies: Dependencies) {
  return new Hono()
    .get("/healthz", (c) => c.json({ status: "alive" }))
    .get("/readyz", async (c) => {
      const states = await Promise.all(
        Object.entries(dependencies).map(async ([name, { check, needed }]) => {
          const state = await stateOf(check());
          return { name, state, missing: needed && state === "down" };
        }),
      );
      const ready = !states.some(({ missing }) => missing);
      const status = ready ? "ready" : "not-ready";
      const shown = Object.fromEntries(states.map(({ name, state }) => [name, state]));
      return c.json({ status, dependencies: shown }, ready ? 200 : 503);
    });
}

async function stateOf(answer: PromiseLike<unknown>): Promise<State> {
  const { promise: late, resolve } = Promise.withResolvers<State>();
  const timer = setTimeout(() => resolve("down"), PATIENCE);
  const asked = Promise.resolve(answer).then((): State => "up", (): State => "down");
  const state = await Promise.race([asked, late]);
  clearTimeout(timer);
  return state;
}
