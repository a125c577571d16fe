import type { Id, Me, SecurityEvent, SessionEntry, Time } from "../lib/protocol/model.ts";
import type { Ask } from "./tokens.ts";

/** What keeps the account its owner's: where it is signed in, what happened to it, its secrets. */
export interface Security {
  /** On which devices this person is signed in. */
  sessions(): Promise<SessionEntry[]>;
  endSession(session: Id): Promise<void>;
  /** All but the one on this device. */
  endOtherSessions(): Promise<void>;
  /** A page of what happened, latest first. `next` is where the page after it begins. */
  events(before?: Id): Promise<{ events: SecurityEvent[]; next: Id | null }>;
  /** Ends all other sessions. */
  changePassword(current: string, password: string): Promise<void>;
  /** `code` went to the new address. The session's state has the new profile afterwards. */
  changeEmail(change: { email: string; code: string; password: string }): Promise<void>;
  /** Signs out everywhere. Signing in before the time in the answer calls it off. */
  deleteAccount(password: string): Promise<Time>;
}

export function createSecurity(
  ask: Ask,
  { changed, deleted }: { changed(me: Me): void; deleted: Security["deleteAccount"] },
): Security {
  return {
    sessions: async () => {
      return (await ask<{ sessions: SessionEntry[] }>("GET", "/sessions")).sessions;
    },
    endSession: (session) => ask("DELETE", `/sessions/${session}`),
    endOtherSessions: () => ask("DELETE", "/sessions/others"),
    events: (before) =>
      ask("GET", `/me/security-events${before === undefined ? "" : `?before=${before}`}`),
    changePassword: (current, password) => ask("POST", "/me/password", { current, password }),
    changeEmail: async (change) => changed(await ask<Me>("POST", "/me/email", change)),
    deleteAccount: deleted,
  };
}
