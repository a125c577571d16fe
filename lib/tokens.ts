import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { type JWTHeaderParameters, jwtVerify, SignJWT } from "jose";
import type { Clock } from "./clock.ts";
import { AppError } from "./errors.ts";
import type { Id } from "./protocol/model.ts";
import { deriveKeys, type Key, keyFor } from "./signing_keys.ts";

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
  /** A keyed hash: for codes that are short enough to try them all, and for what clients bring back. */
  keyedHash(use: HashUse, parts: readonly string[]): string;
  /** That hash, and what it would be under the other secret that is taken. */
  keyedHashes(use: HashUse, parts: readonly string[]): readonly string[];
}

/** Each has a key of its own: what clients are given of one use says nothing about another. */
export type HashUse =
  | "verification code"
  | "device cookie"
  | "challenge"
  | "challenge signature"
  | "file link";

/**
 * @param secret at least 32 bytes; each use derives a key of its own from it
 * @param accepted another one: what it signed is taken as well
 */
export function createTokens(secret: string, clock: Clock, accepted?: string): Tokens {
  const accessKeys = deriveKeys("access token", secret, accepted);
  const refreshKeys = deriveKeys("refresh token", secret, accepted);
  const keysOf = (use: HashUse) => deriveKeys(use, secret, accepted);
  const hashKeys: Record<HashUse, [Key, ...Key[]]> = {
    "verification code": keysOf("verification code"),
    "device cookie": keysOf("device cookie"),
    "challenge": keysOf("challenge"),
    "challenge signature": keysOf("challenge signature"),
    "file link": keysOf("file link"),
  };

  const mac = (payload: Uint8Array, key: Key) =>
    new Uint8Array(createHmac("sha256", key.bytes).update(payload).digest());
  const hash = (parts: readonly string[], key: Key) =>
    // Joined by what none of the parts can hold, so that no two lists give one text.
    createHmac("sha256", key.bytes).update(parts.join("\0")).digest("hex");

  return {
    issueAccess: ({ user, session }) => {
      const now = Math.floor(clock.now() / 1000);
      return new SignJWT({ sid: session })
        .setProtectedHeader({ alg: "HS256", typ: TYPE, kid: accessKeys[0].id })
        .setSubject(user).setAudience(AUDIENCE).setIssuedAt(now).setNotBefore(now)
        .setExpirationTime(now + ACCESS_LIFETIME)
        .sign(accessKeys[0].bytes);
    },
    readAccess: async (token) => {
      try {
        const key = (header: JWTHeaderParameters) => keyFor(accessKeys, header);
        const { payload } = await jwtVerify<{ sid: Id }>(token, key, {
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
      return new Uint8Array([...payload, ...mac(payload, refreshKeys[0])]).toBase64({
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
      if (given.length !== 32) return undefined;
      const right = refreshKeys.filter((key) => timingSafeEqual(given, mac(payload, key)));
      return right.length > 0 ? parseRefresh(payload) : undefined;
    },
    keyedHash: (use, parts) => hash(parts, hashKeys[use][0]),
    keyedHashes: (use, parts) => hashKeys[use].map((key) => hash(parts, key)),
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
