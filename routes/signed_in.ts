import { createMiddleware } from "hono/factory";
import { AppError } from "../lib/errors.ts";
import { asking } from "../lib/http/asks.ts";
import type { Id } from "../lib/protocol/model.ts";
import { sessionIsLive } from "../lib/sql/sessions.ts";
import { createTurns, type Turns } from "../lib/turns.ts";
import type { Env, Gate } from "./context.ts";
import type { RouteLimits } from "./limits.ts";

/** Milliseconds for which a session that was live is taken for live. */
const TRUSTED = 5_000;
const REMEMBERED = 100_000;
/**
 * Requests of a session that run at a time, which is as many as a page sends. HTTP lets one connection
 * send hundreds without waiting, and as many pages of 256 KiB would hold up everybody.
 */
const AT_A_TIME = 4;

export type SignedIn = ReturnType<typeof createSignedIn>;

/**
 * Middleware that lets only requests with a valid access token of a live session pass. `fresh` asks
 * the database every time, where seconds matter.
 */
export function createSignedIn(
  { sql, clock, tokens }: Pick<Gate, "sql" | "clock" | "tokens">,
  limits: RouteLimits,
) {
  const checkedAt = new Map<Id, number>();

  const isLive = async (session: Id, fresh: boolean): Promise<boolean> => {
    const now = clock.now();
    if (!fresh && now - (checkedAt.get(session) ?? 0) < TRUSTED) return true;
    const live = await sessionIsLive(sql, session);
    if (checkedAt.size >= REMEMBERED) checkedAt.clear();
    if (live) checkedAt.set(session, now);
    else checkedAt.delete(session);
    return live;
  };

  const busy = new Map<Id, Turns>();

  /** Runs `task` when it is its session's turn. */
  const inTurn = async (session: Id, task: () => Promise<void>): Promise<void> => {
    const known = busy.get(session);
    const turns = known ?? createTurns(AT_A_TIME);
    if (known === undefined) busy.set(session, turns);
    try {
      await turns.take(task);
    } finally {
      if (turns.idle) busy.delete(session);
    }
  };

  return (options: { fresh?: boolean } = {}) => {
    const letIn = createMiddleware<Env>(async (c, next) => {
      const token = /^Bearer (\S+)$/i.exec(c.req.header("authorization") ?? "")?.[1];
      if (token === undefined) throw new AppError("unauthenticated", "an access token is needed");
      const access = await tokens.readAccess(token);
      await limits.ofAccount(c, access.user);
      await inTurn(access.session, async () => {
        if (c.env.incoming.socket.destroyed === true) {
          throw new AppError("unavailable", "the connection has ended");
        }
        if (!await isLive(access.session, options.fresh ?? false)) {
          throw new AppError("unauthenticated", "this session has ended; sign in again");
        }
        c.set("access", access);
        await next();
      });
    });
    return asking(letIn, { session: true });
  };
}
