import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { AppError } from "../lib/errors.ts";
import { asking } from "../lib/http/asks.ts";
import type { Id } from "../lib/protocol/model.ts";
import { sessionIsLive } from "../lib/sql/sessions.ts";
import type { Access, Tokens } from "../lib/tokens.ts";
import { createTurns, type Turns } from "../lib/turns.ts";
import type { Env, Gate } from "./context.ts";
import type { RouteLimits } from "./limits.ts";

/** Milliseconds for which a session that was live is taken for live. */
const TRUSTED = 5_000;
/**
 * And one that had ended for ended: none ever goes on, unless a backup is restored. Whoever goes on
 * asking with its token costs no query.
 */
const ENDED_FOR = 30_000;
const REMEMBERED = 100_000;
/**
 * Requests of a session that run at a time, which is as many as a page sends. HTTP lets one connection
 * send hundreds without waiting, and as many pages of 256 KiB would hold up everybody.
 */
const AT_A_TIME = 4;

export type SignedIn = ReturnType<typeof createSignedIn>;

/**
 * Middleware that lets only requests with a valid access token of a live session pass. `fresh` asks
 * the database every time, where seconds matter. `long` is for what takes as long as somebody's network
 * does: it takes none of its session's turns, and bounds itself. `by` reads from the request what says
 * who asks, where that is no token.
 */
export function createSignedIn(
  { sql, clock, tokens }: Pick<Gate, "sql" | "clock" | "tokens">,
  limits: RouteLimits,
) {
  const checked = new Map<Id, { live: boolean; at: number }>();

  /** What is known of a session by now, where that need not be asked. */
  const known = (session: Id, fresh: boolean): boolean | undefined => {
    const last = checked.get(session);
    if (last === undefined || last.live && fresh) return undefined;
    return clock.now() - last.at < (last.live ? TRUSTED : ENDED_FOR) ? last.live : undefined;
  };

  const isLive = async (session: Id, fresh: boolean): Promise<boolean> => {
    const before = known(session, fresh);
    if (before !== undefined) return before;
    const at = clock.now();
    const live = await sessionIsLive(sql, session);
    // Somebody who asked later may have found its end.
    if (live && known(session, true) === false) return false;
    if (checked.size >= REMEMBERED) checked.clear();
    checked.set(session, { live, at });
    return live;
  };

  const busy = new Map<Id, Turns>();

  /** Runs `task` when it is its session's turn. */
  const inTurn = async (session: Id, task: () => Promise<void>): Promise<void> => {
    const before = busy.get(session);
    const turns = before ?? createTurns(AT_A_TIME);
    if (before === undefined) busy.set(session, turns);
    try {
      await turns.take(task);
    } finally {
      if (turns.idle) busy.delete(session);
    }
  };

  return (
    options: { fresh?: boolean; long?: boolean; by?: (c: Context<Env>) => Access } = {},
  ) => {
    const letIn = createMiddleware<Env>(async (c, next) => {
      const access = options.by?.(c) ?? await readBearer(c, tokens);
      await inTurn(access.session, async () => {
        if (c.env.incoming.socket.destroyed === true) {
          throw new AppError("unavailable", "the connection has ended");
        }
        if (!await isLive(access.session, options.fresh ?? false)) {
          throw new AppError("unauthenticated", "this session has ended; sign in again");
        }
        // Only now: a token of a session that was ended takes nothing of what its owner may ask for.
        await limits.ofAccount(c, access);
        c.set("access", access);
        if (options.long !== true) await next();
      });
      if (options.long === true) await next();
    });
    return options.by === undefined ? asking(letIn, { session: true }) : letIn;
  };
}

async function readBearer(c: Context<Env>, tokens: Tokens): Promise<Access> {
  const token = /^Bearer (\S+)$/i.exec(c.req.header("authorization") ?? "")?.[1];
  if (token === undefined) throw new AppError("unauthenticated", "an access token is needed");
  return await tokens.readAccess(token);
}
