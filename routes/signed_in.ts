import { createMiddleware } from "hono/factory";
import { AppError } from "../lib/errors.ts";
import type { Id } from "../lib/protocol/model.ts";
import { sessionIsLive } from "../lib/sql/sessions.ts";
import type { Env, Gate } from "./context.ts";

/** Milliseconds for which a session that was live is taken for live. */
const TRUSTED = 5_000;
const REMEMBERED = 100_000;

export type SignedIn = ReturnType<typeof createSignedIn>;

/**
 * Middleware that lets only requests with a valid access token of a live session pass. `fresh` asks
 * the database every time, where seconds matter.
 */
export function createSignedIn({ sql, clock, tokens }: Pick<Gate, "sql" | "clock" | "tokens">) {
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

  return (options: { fresh?: boolean } = {}) =>
    createMiddleware<Env>(async (c, next) => {
      const token = /^Bearer (\S+)$/i.exec(c.req.header("authorization") ?? "")?.[1];
      if (token === undefined) throw new AppError("unauthenticated", "an access token is needed");
      const access = await tokens.readAccess(token);
      if (!await isLive(access.session, options.fresh ?? false)) {
        throw new AppError("unauthenticated", "this session has ended; sign in again");
      }
      c.set("access", access);
      await next();
    });
}
