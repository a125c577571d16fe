/**
 * The load generator: a process of its own, so that its work is not counted as the server's. Takes
 * the path of an order, prints a line of JSON for each phase.
 */
import { reconnect, signIn } from "./arrivals.ts";
import { stayIdle } from "./idle.ts";
import { sendMessages } from "./messages.ts";
import type { Load, Order, Outcome, Phase } from "./order.ts";
import { readPages } from "./reads.ts";

type Run = (order: Order, tell: (phase: Phase) => void) => Promise<Outcome>;

const runs: { readonly [Kind in Load["kind"]]: Run } = {
  "idle": stayIdle,
  "group": sendMessages,
  "saturated": sendMessages,
  "paced": sendMessages,
  "sign-in": signIn,
  "reconnect": reconnect,
  "sync": readPages,
  "history": readPages,
};

if (import.meta.main) {
  const [path] = Deno.args;
  if (path === undefined) throw new Error("usage: main.ts ORDER.json");
  const order: Order = JSON.parse(await Deno.readTextFile(path));
  const tell = (phase: Phase) => {
    Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(phase) + "\n"));
  };
  tell({ phase: "done", outcome: await runs[order.load.kind](order, tell) });
  Deno.exit(0);
}
