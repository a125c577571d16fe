import type { Context } from "hono";
import { AppError, messageOf } from "../lib/errors.ts";
import type { SessionGrant } from "../lib/protocol/model.ts";
import { readEndedReason } from "../lib/sql/ended_reason.ts";
import { type LiveSession, rotateSession } from "../lib/sql/sessions.ts";
import { readMe } from "../lib/sql/users.ts";
import type { Env, Gate } from "./context.ts";
import { tellEnded } from "./ending_sessions.ts";
import { continueSession, dropRefreshCookie, readRefreshCookie } from "./grant.ts";
import { networkOf } from "./network.ts";
import { tellOwner } from "./tell_owner.ts";

/** Gives new tokens for a refresh token, from the body or else from the cookie. */
export function createRefresh(gate: Gate) {
  const { sql, bus, clock, log, tokens } = gate;

  /** Not awaited: what becomes of the mail changes nothing of the answer, and the event is stored. */
  const warnOwner = async (c: Context<Env>, { userId, device }: LiveSession): Promise<void> => {
    const at = new Date(clock.now()).toISOString();
    const ip = networkOf(gate, c);
    const owner = await readMe(sql, userId);
    if (owner === undefined) return;
    const { email: to, displayName: name } = owner;
    await tellOwner(gate, c, userId, { kind: "session-stolen", to, name, at, device, ip });
  };

  return async (c: Context<Env>, refreshToken: string | undefined): Promise<SessionGrant> => {
    const transport = refreshToken === undefined ? "cookie" : "body";
    // A foreign page can send no JSON without asking first, but it can send something without a type.
    if (transport === "cookie" && c.req.header("content-type") === undefined) {
      throw new AppError("unsupported", "a body is application/json, and says so");
    }
    const refresh = tokens.readRefresh(refreshToken ?? readRefreshCookie(c) ?? "");
    if (refresh === undefined) throw signedOut();
    const { session, generation } = refresh;
    const rotation = await rotateSession(sql, session, generation, networkOf(gate, c));
    if (rotation.outcome === "reused") {
      tellEnded(bus, [session], "refresh-token-reused");
      warnOwner(c, rotation.session)
        .catch((error) => log.warn("notice.not-sent", { error: messageOf(error) }));
    }
    if (rotation.outcome === "reused" || rotation.outcome === "gone") {
      if (transport === "cookie") dropRefreshCookie(c);
      // A device that slept through the end has not heard why, and only who holds the token is told.
      throw signedOut(await readEndedReason(sql, session));
    }
    return await continueSession(gate, c, rotation.session, transport);
  };
}

function signedOut(because?: string): AppError {
  return new AppError("unauthenticated", "this session has ended; sign in again", {
    ...(because !== undefined && { because }),
  });
}
