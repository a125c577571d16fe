import type { Contact } from "../lib/protocol/model.ts";
import { shownPresence } from "../lib/shown_presence.ts";
import type { ContactRow } from "../lib/sql/contacts.ts";
import type { Presence } from "../status/presence.ts";

/** Contacts, and how they are as they show themselves; `unknown` while nobody can say. */
export async function withPresence(
  presence: Pick<Presence, "read">,
  rows: readonly ContactRow[],
): Promise<Contact[]> {
  const seen = await presence.read(rows.map(({ user }) => user.id));
  const byUser = new Map(seen.map((state) => [state.user, state]));
  return rows.map(({ hiddenSince, ...contact }) => {
    const unknown = { user: contact.user.id, state: "unknown", lastSeenAt: null } as const;
    const state = byUser.get(contact.user.id) ?? unknown;
    return { ...contact, presence: shownPresence(state, hiddenSince) };
  });
}
