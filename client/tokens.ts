import type { SessionGrant } from "../lib/protocol/model.ts";
import { ApiError, type Method, type Send } from "./api.ts";
import type { Timers } from "./timers.ts";

/** Milliseconds before its end at which an access token is renewed. */
const RENEW_BEFORE = 30_000;

/** Sends a request in the name of whoever is signed in. */
export type Ask = <T>(
  method: Method,
  path: string,
  body?: unknown,
  options?: { outlivesPage?: boolean; again?: boolean },
) => Promise<T>;

/** Holds the session's tokens and renews them: one renewal at a time, whoever asks. */
export interface TokenKeeper {
  /** Takes over a session that was just begun. */
  begin(grant: SessionGrant): void;
  /** Asks the server whether there still is a session; undefined if there is none. */
  resume(): Promise<SessionGrant | undefined>;
  /** The next request renews the access token, however fresh it looks. */
  distrust(): void;
  forget(): void;
  /** Sends a request that needs a session, and once more if only the access token was the trouble. */
  send: Ask;
}

export function createTokenKeeper(parts: {
  send: Send;
  credentials: "cookie" | "body";
  timers: Timers;
  /** The server says that the session is over, and maybe why. */
  onEnded: (because: string | undefined) => void;
}): TokenKeeper {
  const { send, credentials, timers, onEnded } = parts;
  let access: { token: string; renewAt: number } | undefined;
  let refreshToken: string | undefined;
  let renewal: Promise<SessionGrant> | undefined;
  /** Counts sessions, so that a renewal that was under way does not revive an old one. */
  let generation = 0;

  const keep = (grant: SessionGrant) => {
    const lifetime = grant.accessExpiresIn * 1000;
    const renewAt = timers.now() + Math.max(lifetime - RENEW_BEFORE, lifetime / 2);
    access = { token: grant.accessToken, renewAt };
    refreshToken = grant.refreshToken;
  };

  const renew = (): Promise<SessionGrant> => {
    const begun = generation;
    if (renewal !== undefined) return renewal;
    const own = send<SessionGrant>("POST", "/sessions/refresh", {
      body: credentials === "body" ? { refreshToken } : {},
      // The server knows a token that is used again because its answer was lost.
      again: true,
    }).then((grant) => {
      if (begun !== generation) throw sessionIsOver();
      keep(grant);
      return grant;
    }).finally(() => {
      if (renewal === own) renewal = undefined;
    });
    renewal = own;
    return own;
  };

  const accessToken = async (): Promise<string> => {
    if (access !== undefined && timers.now() < access.renewAt) return access.token;
    return (await renew()).accessToken;
  };

  const forget = () => {
    generation++;
    access = undefined;
    refreshToken = undefined;
    renewal = undefined;
  };

  return {
    begin: (grant) => {
      forget();
      keep(grant);
    },
    resume: async () => {
      if (credentials === "body" && refreshToken === undefined) return undefined;
      const begun = generation;
      try {
        return await renew();
      } catch (error) {
        if (!isOver(error)) throw error;
        if (begun === generation) onEnded(error.because);
        return undefined;
      }
    },
    distrust: () => {
      access = undefined;
    },
    forget,
    send: async <T>(
      method: Method,
      path: string,
      body?: unknown,
      options?: { outlivesPage?: boolean; again?: boolean },
    ): Promise<T> => {
      const begun = generation;
      try {
        const token = await accessToken();
        try {
          return await send<T>(method, path, { ...options, body, accessToken: token });
        } catch (error) {
          if (!isOver(error)) throw error;
          // Another request may have been refused as well, and have renewed it by now.
          if (access?.token === token) access = undefined;
          const renewed = await accessToken();
          return await send<T>(method, path, { ...options, body, accessToken: renewed });
        }
      } catch (error) {
        if (isOver(error) && begun === generation) onEnded(error.because);
        throw error;
      }
    },
  };
}

function isOver(error: unknown): error is ApiError {
  return error instanceof ApiError && error.code === "unauthenticated";
}

function sessionIsOver(): ApiError {
  return new ApiError({ code: "unauthenticated", status: 401, message: "signed out meanwhile" });
}
