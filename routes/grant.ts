import type { Context } from "hono";
import { newId } from "../lib/ids.ts";
import type { Me, SessionGrant } from "../lib/protocol/model.ts";
import { inTransaction } from "../lib/sql/in_transaction.ts";
import { keepLanguage } from "../lib/sql/languages.ts";
import { insertSecurityEvent } from "../lib/sql/security_events.ts";
import {
  endSurplusSessions,
  insertSession,
  type LiveSession,
  SURPLUS,
} from "../lib/sql/sessions.ts";
import { readMe } from "../lib/sql/users.ts";
import { ACCESS_LIFETIME } from "../lib/tokens.ts";
import { AppError } from "../lib/errors.ts";
import type { Env, Gate } from "./context.ts";
import { writeDevice } from "./device_cookie.ts";
import { deviceNameOf } from "./device_name.ts";
import { tellEnded } from "./ending_sessions.ts";
import { languageAsked } from "./language.ts";
import { networkOf } from "./network.ts";
import { dropCookie, readCookie, writeCookie } from "./own_cookie.ts";

const NAME = "parley-refresh";

export type Transport = "body" | "cookie";

type Beginning = {
  device?: string | undefined;
  transport: Transport;
  /** What its owner reads of it later. */
  event: "account-created" | "signed-in";
  /** What the person has just shown to know. */
  passwordHash?: string;
};

/**
 * Begins a session for `user` and answers with its tokens; undefined where the account may have none
 * any more, or has got another password meanwhile.
 */
export async function beginSession(
  gate: Gate,
  c: Context<Env>,
  user: Me,
  { device, transport, event, passwordHash }: Beginning,
): Promise<SessionGrant | undefined> {
  const from = {
    device: device ?? deviceNameOf(c.req.header("user-agent")),
    ip: networkOf(gate, c),
  };
  const id = newId();
  const language = languageAsked(c);
  const begun = await inTransaction(gate.sql, async (tx) => {
    // A program that names none says nothing about what the account's owner reads.
    if (language !== undefined) await keepLanguage(tx, user.id, language);
    const session = await insertSession(tx, { id, userId: user.id, ...from }, passwordHash);
    if (session === undefined) return undefined;
    await insertSecurityEvent(tx, { type: event, user: user.id, session: id, ...from });
    return { session, surplus: await endSurplusSessions(tx, user.id) };
  });
  if (begun === undefined) return undefined;
  const { session, surplus } = begun;
  tellEnded(gate.bus, surplus, SURPLUS);
  const granted = await grant(gate, c, user, session, transport);
  if (transport === "cookie") writeDevice(gate, c, user.id);
  return granted;
}

/** Answers with new tokens for a session that was refreshed. */
export async function continueSession(
  gate: Gate,
  c: Context<Env>,
  session: LiveSession,
  transport: Transport,
): Promise<SessionGrant> {
  const user = await readMe(gate.sql, session.userId);
  if (user === undefined) throw new AppError("unauthenticated", "this account no longer exists");
  return await grant(gate, c, user, session, transport);
}

async function grant(
  gate: Gate,
  c: Context<Env>,
  user: Me,
  session: LiveSession,
  transport: Transport,
): Promise<SessionGrant> {
  const { id, generation, refreshExpiresIn } = session;
  const refreshToken = gate.tokens.issueRefresh({ session: id, generation });
  if (transport === "cookie") writeCookie(c, NAME, refreshToken, refreshExpiresIn);
  return {
    user,
    session: id,
    accessToken: await gate.tokens.issueAccess({ user: user.id, session: id }),
    accessExpiresIn: ACCESS_LIFETIME,
    refreshExpiresIn,
    ...(transport === "body" && { refreshToken }),
  };
}

export function readRefreshCookie(c: Context<Env>): string | undefined {
  return readCookie(c, NAME);
}

export function dropRefreshCookie(c: Context<Env>): void {
  dropCookie(c, NAME);
}
