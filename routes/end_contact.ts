import type { Id } from "../lib/protocol/model.ts";
import { removeContact } from "../lib/sql/contacts.ts";
import { readUser } from "../lib/sql/users.ts";
import type { Gate } from "./context.ts";
import { tellRelation } from "./tell.ts";
import { tellContact, tellOther } from "./tell_contact.ts";

/** Two people are contacts no more, and both are told. False where they were none. */
export async function endContact(
  { sql, bus }: Pick<Gate, "sql" | "bus">,
  user: Id,
  other: Id,
): Promise<boolean> {
  if (!await removeContact(sql, user, other)) return false;
  tellRelation(bus, user, other);
  await tellContact({ sql, bus }, user, "removed", other);
  const own = await readUser(sql, user);
  if (own !== undefined) {
    const frame = { type: "contact", change: "removed", user: own } as const;
    await tellOther({ sql, bus }, other, user, frame);
  }
  return true;
}
