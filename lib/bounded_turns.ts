import { refuseLate } from "./deadline.ts";
import type { AppError } from "./errors.ts";
import { createTurns, type Turns } from "./turns.ts";

/**
 * A queue of its own for work that takes long: so many at a time, so many more wait, and whoever comes
 * after them is refused at once rather than kept until they have given up.
 * @param refusal says when to come back
 */
export function createBoundedTurns(
  width: number,
  most: number,
  refusal: () => AppError,
): Turns & {
  /** Whoever comes now is refused. */
  readonly full: boolean;
} {
  const turns = createTurns(width);
  let inside = 0;
  const full = () => inside >= width + most;
  return {
    get idle() {
      return inside === 0;
    },
    get full() {
      return full();
    },
    take: async (task) => {
      if (full()) throw refusal();
      inside++;
      try {
        return await turns.take(() => {
          refuseLate();
          return task();
        });
      } finally {
        inside--;
      }
    },
  };
}
