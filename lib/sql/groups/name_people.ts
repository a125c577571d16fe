import type { Id } from "../../protocol/model.ts";

/**
 * People whom an event names. It is sent to every member and kept for good, and 5,000 ids are
 * 200 KB: of more than these it only tells how many they are.
 */
const NAMED = 100;

export function namePeople(users: readonly Id[]): { users: Id[]; count?: number } {
  const named = users.slice(0, NAMED);
  return named.length < users.length ? { users: named, count: users.length } : { users: named };
}
