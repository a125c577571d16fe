import type { Bus } from "../lib/bus/bus.ts";
import type { ServerFrame } from "../lib/protocol/frames.ts";
import type { Id } from "../lib/protocol/model.ts";

/** Sends a frame to all sessions of some people, on whatever nodes they are. It may be lost. */
export function tell(bus: Bus, users: readonly Id[], frame: ServerFrame): void {
  bus.publish({ kind: "people", users, frame: JSON.stringify(frame) });
}

/** Lets the nodes ask again whether two people may know how the other is. */
export function tellRelation(bus: Bus, one: Id, other: Id): void {
  bus.publish({ kind: "relation", between: [one, other] });
}
