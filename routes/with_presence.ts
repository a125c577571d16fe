import type { Contact } from "../lib/protocol/model.ts";
import type { ContactRow } from "../lib/sql/contacts.ts";
import type { Presence } from "../status/presence.ts";

/** Contacts, and how they are; `unknown` while nobody can say, and where it is not shown. */
export async function withPresence(
  presence: Pick<Presence, "read">,
  rows: readonly ContactRow[],
): Promise<Contact[]> {
  const shown = rows.filter(({ visible }) => visible);
  const seen = await presence.read(shown.map(({ user }) => user.id));
  const byUser = new Map(seen.map(({ version: _, ...state }) => [state.user, state]));
  return rows.map(({ visible: _, ...contact }) => {
    const unknown = { user: contact.user.id, state: "unknown", lastSeenAt: null } as const;
    return { ...contact, presence: byUser.get(contact.user.id) ?? unknown };
  });
}
