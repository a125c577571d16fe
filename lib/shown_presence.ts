import type { Presence, Time } from "./protocol/model.ts";

/**
 * How somebody is, as another person is shown it. Whoever blocks that person looks to them like
 * somebody who has gone: `unknown`, which nobody else among one's contacts is, would tell of the block.
 * @param hiddenSince when they began to block the other person; null if they do not
 */
export function shownPresence(presence: Presence, hiddenSince: Time | null): Presence {
  const { user, state, lastSeenAt } = presence;
  // While nothing is known of anybody, nothing is known of this one.
  if (hiddenSince === null || state === "unknown") return { user, state, lastSeenAt };
  // Who had gone before went then; and who was never there is not seen later either.
  const before = state === "offline" && (lastSeenAt === null || lastSeenAt < hiddenSince);
  return { user, state: "offline", lastSeenAt: before ? lastSeenAt : hiddenSince };
}
