import type { Contact } from "../lib/protocol/model.ts";
import type { ContactRow } from "../lib/sql/contacts.ts";
import type { Presence } from "../status/presence.ts";

/** Contacts, and how they are; `unknown` while nobody can say. */
export async function withPresence(
  presence: Pick<Presence, "read">,
  rows: readonly ContactRow[],
): Promise<Contact[]> {
  const seen = await presence.read(rows.map(({ user }) => user.id));
  const byUser = new Map(seen.map(({ version: _, ...state }) => [state.user, state]));
  return rows.map((row) => {
    const unknown = { user: row.user.id, state: "unknown", lastSeenAt: null } as const;
    return { ...row, presence: byUser.get(row.user.id) ?? unknown };
  });
}
