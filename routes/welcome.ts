import { AppError } from "../lib/errors.ts";
import type { Contact, Conversation, Id } from "../lib/protocol/model.ts";
import { readContacts } from "../lib/sql/contacts.ts";
import { readConversation } from "../lib/sql/conversations.ts";
import type { Gate } from "./context.ts";
import { tell } from "./tell.ts";

/** What one of two new contacts sees of the other, told to all their devices. */
export async function welcome(
  { sql, bus }: Pick<Gate, "sql" | "bus">,
  user: Id,
  other: Id,
  conversation: Id,
): Promise<{ contact: Contact; conversation: Conversation }> {
  const [contact] = await readContacts(sql, user, other);
  const shown = await readConversation(sql, user, conversation);
  if (contact === undefined || shown === undefined) {
    throw new AppError("gone", "the contact was removed again");
  }
  tell(bus, [user], { type: "contact", change: "accepted", user: contact.user });
  tell(bus, [user], { type: "conversation", conversation: shown });
  return { contact, conversation: shown };
}
