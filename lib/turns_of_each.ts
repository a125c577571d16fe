import type { Id } from "./protocol/model.ts";
import type { Turns } from "./turns.ts";

/**
 * A queue for each of many, which is there only as long as somebody of theirs is in it: so nobody takes
 * what everybody shares, however much they ask for.
 */
export interface TurnsOfEach {
  /** @throws what the queue refuses with */
  take<T>(whose: Id, task: () => Promise<T>): Promise<T>;
}

export function createTurnsOfEach(create: () => Turns): TurnsOfEach {
  const busy = new Map<Id, Turns>();
  return {
    take: async (whose, task) => {
      const turns = busy.get(whose) ?? create();
      busy.set(whose, turns);
      try {
        return await turns.take(task);
      } finally {
        if (turns.idle && busy.get(whose) === turns) busy.delete(whose);
      }
    },
  };
}
