import type { Id, SessionGrant } from "../lib/protocol/model.ts";
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
  /** The next request renews the access token, however fresh it looks: this one, if it is said. */
  distrust(accessToken?: string): void;
  forget(): void;
  /** Sends a request that needs a session, and once more if only the access token was the trouble. */
  send: Ask;
  /** The same for a request of another kind: `use` is called again with another access token. */
  authorized<T>(use: (accessToken: string) => Promise<T>): Promise<T>;
  /** For requests that are sent elsewhere. Whose was refused gives it back to `distrust`. */
  accessToken(): Promise<string>;
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
  /** Whose session it is. */
  let owner: Id | undefined;
  /** Counts sessions, so that a renewal that was under way does not revive an old one. */
  let generation = 0;

  const keep = (grant: SessionGrant) => {
    const lifetime = grant.accessExpiresIn * 1000;
    const renewAt = timers.now() + Math.max(lifetime - RENEW_BEFORE, lifetime / 2);
    access = { token: grant.accessToken, renewAt };
    refreshToken = grant.refreshToken;
    owner = grant.user.id;
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
      // The browser's cookie is of whoever signed in last, and what is written here is not theirs.
      if (owner !== undefined && owner !== grant.user.id) throw sessionIsOver();
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

  /** Whoever learns that the session is over says so. */
  const ending = async <T>(request: () => Promise<T>): Promise<T> => {
    const begun = generation;
    try {
      return await request();
    } catch (error) {
      if (isOver(error) && begun === generation) onEnded(error.because);
      throw error;
    }
  };

  const authorized = <T>(use: (accessToken: string) => Promise<T>): Promise<T> =>
    ending(async () => {
      const token = await accessToken();
      try {
        return await use(token);
      } catch (error) {
        if (!isOver(error)) throw error;
        // Another request may have been refused as well, and have renewed it by now.
        if (access?.token === token) access = undefined;
        return await use(await accessToken());
      }
    });

  const forget = () => {
    generation++;
    access = undefined;
    refreshToken = undefined;
    renewal = undefined;
    owner = undefined;
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
    distrust: (token = access?.token) => {
      if (access?.token === token) access = undefined;
    },
    forget,
    send: (method, path, body, options) =>
      authorized((token) => send(method, path, { ...options, body, accessToken: token })),
    authorized,
    accessToken: () => ending(accessToken),
  };
}

function isOver(error: unknown): error is ApiError {
  return error instanceof ApiError && error.code === "unauthenticated";
}

function sessionIsOver(): ApiError {
  return new ApiError({ code: "unauthenticated", status: 401, message: "signed out meanwhile" });
}
