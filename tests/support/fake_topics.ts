import type { Topic } from "../../lib/bus/audience.ts";
import type { Subscription } from "../../lib/bus/bus.ts";

/** A subscription's topics as a test wants them: at once, or when it says so. */
export interface FakeTopics extends Pick<Subscription, "add" | "remove"> {
  readonly wanted: ReadonlySet<Topic>;
  /** From here on what is added is heard only at the next `release`. */
  hold(): void;
  release(): void;
}

export function createFakeTopics(): FakeTopics {
  const wanted = new Set<Topic>();
  let held: PromiseWithResolvers<void> | undefined;
  return {
    wanted,
    add: (topic) => {
      wanted.add(topic);
      return held?.promise ?? Promise.resolve();
    },
    remove: (topic) => void wanted.delete(topic),
    hold: () => held = Promise.withResolvers(),
    release: () => {
      held?.resolve();
      held = undefined;
    },
  };
}
