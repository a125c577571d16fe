import type { Id } from "../../../lib/protocol/model.ts";
import type { Case } from "../ask.ts";
import type { Kind, World } from "../world.ts";

/** The same asked of a group, and of conversations of two people. */
export function inEach<Ask>(
  what: string,
  ask: (conversation: Id, world: World, me: Kind) => Ask,
  more: Omit<Case<Ask>, "ask"> = {},
): Record<string, Case<Ask>> {
  const of = (place: "group" | "direct" | "closed"): Case<Ask> => ({
    ask: (world, me) => ask(world[place], world, me),
    ...more,
  });
  return {
    [`${what} in the group`]: of("group"),
    [`${what} between owner and contact`]: of("direct"),
    [`${what} between owner and blocked`]: of("closed"),
  };
}

/** Asked of the group, and of a conversation of two people, which is none. */
export function inGroup<Ask>(
  what: string,
  ask: (conversation: Id, world: World, me: Kind) => Ask,
): Record<string, Case<Ask>> {
  return {
    [what]: { ask: (world, me) => ask(world.group, world, me) },
    [`${what}, between owner and contact`]: { ask: (world, me) => ask(world.direct, world, me) },
  };
}
