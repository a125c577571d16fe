/** Somebody who asks for a verification code every now and then, at any gate, whatever goes on. */
import type { Random } from "./random.ts";

export interface CodeAsker extends Disposable {
  /** Asks once; the answer is its status, or 0 if the connection broke. */
  ask(): Promise<number>;
  /** Ends it; the answer is how often each status came. */
  stop(): Promise<Readonly<Record<number, number>>>;
}

/** Milliseconds between two questions, and after which no answer counts as none. */
const EVERY = 700;
const PATIENCE = 20_000;

export function startCodeAsker(gates: readonly string[], random: Random): CodeAsker {
  const statuses: Record<number, number> = {};
  let asked = 0;
  let open = true;

  const ask = async (): Promise<number> => {
    try {
      const answer = await fetch(`${random.pick(gates)}/api/v1/verification-codes`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ email: `asker${++asked}@example.org`, purpose: "register" }),
        signal: AbortSignal.timeout(PATIENCE),
      });
      await answer.body?.cancel();
      return answer.status;
    } catch (error) {
      if (error instanceof DOMException && error.name === "TimeoutError") throw error;
      return 0;
    }
  };

  const asking = (async () => {
    while (open) {
      const status = await ask();
      statuses[status] = (statuses[status] ?? 0) + 1;
      await new Promise((resolve) => setTimeout(resolve, EVERY));
    }
  })();
  // Whoever stops it is told.
  asking.catch(() => {});

  return {
    ask,
    stop: async () => {
      open = false;
      await asking;
      return statuses;
    },
    [Symbol.dispose]: () => void (open = false),
  };
}
