import type { Bus } from "../lib/bus/bus.ts";
import type { Id } from "../lib/protocol/model.ts";
import { inTransaction } from "../lib/sql/in_transaction.ts";
import { insertSecurityEvent } from "../lib/sql/security_events.ts";
import { endSession, endSessionsOf } from "../lib/sql/sessions.ts";
import type { Access } from "../lib/tokens.ts";
import type { Gate } from "./context.ts";

/** Lets every node close what those sessions have open. That is lost at times: nodes ask as well. */
export function tellEnded(bus: Bus, sessions: readonly Id[], reason: string): void {
  for (const session of sessions) bus.publish({ kind: "session-ended", session, reason });
}

/** People end their own sessions. Each end and what they read of it later are stored as one. */
export function createEndings({ sql, bus }: Pick<Gate, "sql" | "bus">) {
  return {
    /** False where the person has no such session: whether somebody else has nobody can tell. */
    one: async ({ user, session: own }: Access, session: Id, ip: string): Promise<boolean> => {
      const type = session === own ? "signed-out" : "session-ended";
      const ended = await inTransaction(sql, async (tx) => {
        if (!await endSession(tx, session, type, user)) return false;
        await insertSecurityEvent(tx, { type, user, session, ip });
        return true;
      });
      if (ended) tellEnded(bus, [session], type);
      return ended;
    },
    others: async ({ user, session }: Access, ip: string): Promise<void> => {
      const type = "other-sessions-ended";
      const ended = await inTransaction(sql, async (tx) => {
        const others = await endSessionsOf(tx, user, type, { except: session });
        if (others.length > 0) await insertSecurityEvent(tx, { type, user, session, ip });
        return others;
      });
      tellEnded(bus, ended, type);
    },
  };
}
