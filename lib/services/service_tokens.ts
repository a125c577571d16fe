import { type JWTHeaderParameters, jwtVerify, SignJWT } from "jose";
import type { Clock } from "../clock.ts";
import { AppError } from "../errors.ts";
import { deriveKeys, keyFor } from "../signing_keys.ts";

/** What one service shows to another: that both know the same secret. */
export interface ServiceTokens {
  /** @param service the one that it is for: no other takes it */
  issue(service: string): Promise<string>;
  /** @throws AppError `unauthenticated` */
  check(service: string, token: string | undefined): Promise<void>;
}

/** Seconds. A token is used again for half of that, so it is never about to end. */
export const SERVICE_TOKEN_LIFETIME = 60;

const LEEWAY = 5;
// People's access tokens have others: neither passes for the other, even if the keys were one.
const AUDIENCE = "parley-internal:";
const TYPE = "service+jwt";

/**
 * @param secret at least 32 bytes; the same in all processes
 * @param accepted another one: what it signed is taken as well
 */
export function createServiceTokens(
  secret: string,
  clock: Clock,
  accepted?: string,
): ServiceTokens {
  const keys = deriveKeys("service token", secret, accepted);
  const lasts = new Map<string, { token: Promise<string>; at: number }>();

  const sign = (service: string, now: number) =>
    new SignJWT()
      .setProtectedHeader({ alg: "HS256", typ: TYPE, kid: keys[0].id })
      .setAudience(AUDIENCE + service).setIssuedAt(now).setNotBefore(now)
      .setExpirationTime(now + SERVICE_TOKEN_LIFETIME)
      .sign(keys[0].bytes);

  return {
    issue: (service) => {
      let last = lasts.get(service);
      const now = Math.floor(clock.now() / 1000);
      // A clock that was set back makes the last one a token of the future.
      const fresh = last !== undefined && now >= last.at &&
        now - last.at < SERVICE_TOKEN_LIFETIME / 2;
      if (last === undefined || !fresh) last = { token: sign(service, now), at: now };
      lasts.set(service, last);
      return last.token;
    },
    check: async (service, token) => {
      try {
        const key = (header: JWTHeaderParameters) => keyFor(keys, header);
        await jwtVerify(token ?? "", key, {
          algorithms: ["HS256"],
          typ: TYPE,
          audience: AUDIENCE + service,
          clockTolerance: LEEWAY,
          currentDate: new Date(clock.now()),
          requiredClaims: ["exp", "nbf"],
        });
      } catch {
        throw new AppError("unauthenticated", "a token of another service is needed here");
      }
    },
  };
}
