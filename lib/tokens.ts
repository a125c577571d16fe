import { createHash, createHmac, hkdfSync, timingSafeEqual } from "node:crypto";
import { jwtVerify, SignJWT } from "jose";
import type { Clock } from "./clock.ts";
import { AppError } from "./errors.ts";
import type { Id } from "./protocol/model.ts";

/** Seconds. */
export const ACCESS_LIFETIME = 15 * 60;
export const TICKET_LIFETIME = 30;

const LEEWAY = 5;
const AUDIENCE = "parley";
const TYPE = "at+jwt";

export type Access = { user: Id; session: Id };
export type Refresh = { session: Id; generation: number };

export interface Tokens {
  /** A JWT (RFC 9068) for 15 minutes. */
  issueAccess(access: Access): Promise<string>;
  /** @throws AppError `unauthenticated` */
  readAccess(token: string): Promise<Access>;
  /**
   * The refresh token of a session's generation. It is derived, not stored: a copy of the database
   * holds none, and asking twice gives the same one, which is what two racing tabs need.
   */
  issueRefresh(refresh: Refresh): string;
  /** Undefined for anything that this server did not issue. */
  readRefresh(token: string): Refresh | undefined;
  /** A keyed hash, for codes that are short enough to try them all. */
  hashCode(parts: readonly string[]): string;
}

/** @param secret at least 32 bytes; each use derives a key of its own from it (RFC 5869) */
export function createTokens(secret: string, clock: Clock): Tokens {
  const derive = (use: string) => new Uint8Array(hkdfSync("sha256", secret, "parley", use, 32));
  const accessKey = derive("access token");
  const refreshKey = derive("refresh token");
  const codeKey = derive("verification code");

  const mac = (payload: Uint8Array) =>
    new Uint8Array(createHmac("sha256", refreshKey).update(payload).digest());

  return {
    issueAccess: ({ user, session }) => {
      const now = Math.floor(clock.now() / 1000);
      return new SignJWT({ sid: session })
        .setProtectedHeader({ alg: "HS256", typ: TYPE })
        .setSubject(user).setAudience(AUDIENCE).setIssuedAt(now).setNotBefore(now)
        .setExpirationTime(now + ACCESS_LIFETIME)
        .sign(accessKey);
    },
    readAccess: async (token) => {
      try {
        const { payload } = await jwtVerify<{ sid: Id }>(token, accessKey, {
          algorithms: ["HS256"],
          typ: TYPE,
          audience: AUDIENCE,
          clockTolerance: LEEWAY,
          currentDate: new Date(clock.now()),
          requiredClaims: ["sub", "sid", "exp", "nbf"],
        });
        return { user: payload.sub ?? "", session: payload.sid };
      } catch {
        throw new AppError("unauthenticated", "the access token is missing, expired or not valid");
      }
    },
    issueRefresh: ({ session, generation }) => {
      const payload = writeRefresh(session, generation);
      return new Uint8Array([...payload, ...mac(payload)]).toBase64({
        alphabet: "base64url",
        omitPadding: true,
      });
    },
    readRefresh: (token) => {
      let bytes: Uint8Array;
      try {
        bytes = Uint8Array.fromBase64(token, { alphabet: "base64url" });
      } catch {
        return undefined;
      }
      const payload = bytes.subarray(0, PAYLOAD_BYTES);
      const given = bytes.subarray(PAYLOAD_BYTES);
      if (given.length !== 32 || !timingSafeEqual(given, mac(payload))) return undefined;
      return parseRefresh(payload);
    },
    hashCode: (parts) =>
      // Joined by what none of the parts can hold, so that no two lists give one text.
      createHmac("sha256", codeKey).update(parts.join("\0")).digest("hex"),
  };
}

/** A session's UUID and its generation. */
const PAYLOAD_BYTES = 16 + 4;

function writeRefresh(session: Id, generation: number): Uint8Array {
  const payload = new Uint8Array(PAYLOAD_BYTES);
  payload.set(Uint8Array.fromHex(session.replaceAll("-", "")));
  new DataView(payload.buffer).setUint32(16, generation);
  return payload;
}

function parseRefresh(payload: Uint8Array): Refresh {
  const hex = payload.subarray(0, 16).toHex();
  const generation = new DataView(payload.buffer, payload.byteOffset).getUint32(16);
  return { session: hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-"), generation };
}

/** 256 random bits in base64url: a ticket, or an invitation. */
export function newToken(): string {
  return crypto.getRandomValues(new Uint8Array(32)).toBase64({
    alphabet: "base64url",
    omitPadding: true,
  });
}

/** What is stored of such a token. Unkeyed is enough for 256 random bits. */
export function hashToken(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

/** Compares two texts in a time that does not depend on where they differ. */
export function equalSecrets(one: string, other: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}
