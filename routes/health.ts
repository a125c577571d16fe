import { Hono } from "hono";
import type { Env, Gate } from "./context.ts";

/** Milliseconds after which a dependency that does not answer counts as down. */
const PATIENCE = 2_000;

type State = "up" | "down";

/** Whether the process is alive, and whether it can serve. */
export function health({ database: { fault }, kv }: Gate) {
  return new Hono<Env>()
    .get("/healthz", (c) => c.json({ status: "alive" }))
    .get("/readyz", async (c) => {
      let refused: string | undefined;
      const [database, keyValue] = await Promise.all([
        stateOf(fault().then((found) => refused = found)),
        stateOf(kv.get(["health"])),
      ]);
      // Chat goes on without the key-value store.
      const ready = database === "up" && refused === undefined;
      const status = ready ? "ready" : "not-ready";
      const dependencies = {
        database: refused === undefined ? database : "refused",
        kv: keyValue,
      };
      const reasons = refused === undefined ? undefined : { database: refused };
      return c.json({ status, dependencies, reasons }, ready ? 200 : 503);
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
