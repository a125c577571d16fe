import { AppError } from "../lib/errors.ts";
import type { Contact, Conversation, Id } from "../lib/protocol/model.ts";
import type { LogChange } from "../lib/sql/append_event.ts";
import { readContacts } from "../lib/sql/contacts.ts";
import { readConversation } from "../lib/sql/conversations.ts";
import type { Gate } from "./context.ts";
import { tell, tellRelation } from "./tell.ts";
import { withPresence } from "./with_presence.ts";

/** A contact and the conversation with them. */
export type NewContact = { contact: Contact; conversation: Conversation };

/** Two new contacts see each other and their conversation, and in it how that came about. */
export async function introduce(
  gate: Gate,
  user: Id,
  other: Id,
  { message, membersRev }: LogChange,
): Promise<NewContact> {
  tellRelation(gate.bus, user, other);
  try {
    await welcome(gate, other, user, message.conversation);
    return await welcome(gate, user, other, message.conversation);
  } finally {
    const users = [user, other];
    gate.announcer.announce(message, { membersRev, audience: { users }, came: users });
  }
}

/** What one of two contacts sees of the other, told to all their devices. */
export async function welcome(
  { sql, bus, status }: Gate,
  user: Id,
  other: Id,
  conversation: Id,
): Promise<NewContact> {
  const [contact] = await withPresence(status.presence, await readContacts(sql, user, other));
  const shown = await readConversation(sql, user, conversation);
  if (contact === undefined || shown === undefined) {
    throw new AppError("gone", "the contact was removed again");
  }
  tell(bus, [user], { type: "contact", change: "accepted", user: contact.user });
  tell(bus, [user], { type: "conversation", conversation: shown });
  return { contact, conversation: shown };
}
