import type { Context } from "hono";
import { AppError, messageOf } from "../lib/errors.ts";
import type { SessionGrant } from "../lib/protocol/model.ts";
import { type LiveSession, rotateSession } from "../lib/sql/sessions.ts";
import { readMe } from "../lib/sql/users.ts";
import type { Env, Gate } from "./context.ts";
import { tellEnded } from "./ending_sessions.ts";
import { continueSession, dropRefreshCookie, readRefreshCookie } from "./grant.ts";
import { languageOf } from "./language.ts";
import { networkOf } from "./network.ts";

/** Gives new tokens for a refresh token, from the body or else from the cookie. */
export function createRefresh(gate: Gate) {
  const { sql, bus, clock, log, tokens, verify } = gate;

  /** A mail that cannot be sent changes nothing of the answer: the event is stored. */
  const tellOwner = async (c: Context<Env>, session: LiveSession): Promise<void> => {
    const [language, at] = [languageOf(c), new Date(clock.now()).toISOString()];
    try {
      const owner = await readMe(sql, session.userId);
      if (owner === undefined) return;
      await verify.tell({
        kind: "session-stolen",
        to: owner.email,
        language,
        name: owner.displayName,
        at,
        device: session.device,
        ip: networkOf(gate, c),
      });
    } catch (error) {
      log.warn("session-stolen.not-told", { error: messageOf(error) });
    }
  };

  return async (c: Context<Env>, refreshToken: string | undefined): Promise<SessionGrant> => {
    const transport = refreshToken === undefined ? "cookie" : "body";
    const refresh = tokens.readRefresh(refreshToken ?? readRefreshCookie(c) ?? "");
    if (refresh === undefined) throw signedOut();
    const { session, generation } = refresh;
    const rotation = await rotateSession(sql, session, generation, networkOf(gate, c));
    if (rotation.outcome === "reused") {
      tellEnded(bus, [session], "refresh-token-reused");
      void tellOwner(c, rotation.session);
    }
    if (rotation.outcome === "reused" || rotation.outcome === "gone") {
      if (transport === "cookie") dropRefreshCookie(c);
      throw signedOut();
    }
    return await continueSession(gate, c, rotation.session, transport);
  };
}

function signedOut(): AppError {
  return new AppError("unauthenticated", "this session has ended; sign in again");
}
