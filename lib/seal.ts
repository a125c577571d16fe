import { Buffer } from "node:buffer";
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { deriveKeys } from "./signing_keys.ts";

/** Keeps a text from whoever has the place where it is stored and not the secret. */
export interface Seal {
  /** @param about what the text belongs to: it is opened beside the same alone */
  close(text: string, about: string): Uint8Array;
  /** Undefined for what none of the secrets closed, or what was changed or moved since. */
  open(sealed: Uint8Array, about: string): string | undefined;
}

const CIPHER = "aes-256-gcm";
/** Bytes (NIST SP 800-38D): of the nonce, which stands in front, and of the tag, which stands behind. */
const NONCE = 12;
const TAG = 16;

/**
 * @param use a name; each gets a key of its own
 * @param accepted another secret: what it closed is opened as well
 */
export function createSeal(use: string, secret: string, accepted?: string): Seal {
  const keys = deriveKeys(`sealed ${use}`, secret, accepted);
  return {
    close: (text, about) => {
      const nonce = randomBytes(NONCE);
      const cipher = createCipheriv(CIPHER, keys[0].bytes, nonce);
      cipher.setAAD(bytes(about));
      const closed = [nonce, cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()];
      return new Uint8Array(Buffer.concat(closed));
    },
    open: (sealed, about) => {
      if (sealed.length < NONCE + TAG) return undefined;
      for (const key of keys) {
        const decipher = createDecipheriv(CIPHER, key.bytes, sealed.subarray(0, NONCE), {
          authTagLength: TAG,
        });
        decipher.setAAD(bytes(about));
        decipher.setAuthTag(sealed.subarray(-TAG));
        const text = decipher.update(sealed.subarray(NONCE, -TAG));
        try {
          return Buffer.concat([text, decipher.final()]).toString("utf8");
        } catch {
          // Another key's, or changed: the same to whoever asks.
        }
      }
      return undefined;
    },
  };
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
