import { afterFailure } from "./failures.ts";

/** Times that something is run again because another transaction was in its way. */
const MAX_COLLISIONS = 5;

/** Runs `work` again where another transaction was in its way: nothing of the first try is left then. */
export async function pastCollisions<T>(work: () => Promise<T>): Promise<T> {
  for (let collisions = 0;; collisions++) {
    try {
      return await work();
    } catch (error) {
      if (afterFailure(error) !== "collision" || collisions >= MAX_COLLISIONS) throw error;
    }
  }
}
