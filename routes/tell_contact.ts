import type { Id } from "../lib/protocol/model.ts";
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
