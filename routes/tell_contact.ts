import type { ServerFrame } from "../lib/protocol/frames.ts";
import type { Id } from "../lib/protocol/model.ts";
import { readBlocks } from "../lib/sql/blocks.ts";
import { readUser } from "../lib/sql/users.ts";
import type { Gate } from "./context.ts";
import { tell } from "./tell.ts";

/** Tells all devices of `user` that their lists have changed as to `other`. */
export async function tellContact(
  { sql, bus }: Pick<Gate, "sql" | "bus">,
  user: Id,
  change: "accepted" | "removed",
  other: Id,
): Promise<void> {
  const shown = await readUser(sql, other);
  if (shown !== undefined) tell(bus, [user], { type: "contact", change, user: shown });
}

/**
 * Tells all devices of `other` what `user` did between the two. Who blocks somebody hears of nothing
 * that they do, or a blocked person could make the blocker's devices ring.
 */
export async function tellOther(
  { sql, bus }: Pick<Gate, "sql" | "bus">,
  other: Id,
  user: Id,
  frame: Extract<ServerFrame, { type: "contact" }>,
): Promise<void> {
  const { others } = await readBlocks(sql, user, other);
  if (!others) tell(bus, [other], frame);
}
