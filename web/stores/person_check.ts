import { computed, type ReadonlySignal, signal } from "@preact/signals";
import type { SolveChallenge } from "../../client/proving.ts";

/** The proof of work that the server asks for where more is asked of it than people would. */
export type PersonCheck = {
  /** It is being worked on. */
  working: ReadonlySignal<boolean>;
  solve: SolveChallenge;
};

export function createPersonCheck(): PersonCheck {
  const running = signal(0);
  return {
    working: computed(() => running.value > 0),
    solve: async (challenge) => {
      running.value++;
      try {
        // Nearly nobody is ever asked.
        const { solveChallenge } = await import("../challenge/solve_challenge.ts");
        return await solveChallenge(challenge);
      } finally {
        running.value--;
      }
    },
  };
}
