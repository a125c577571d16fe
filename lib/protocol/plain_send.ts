import { LIMITS } from "./codes.ts";
import type { ClientFrame } from "./frames.ts";
import { ID_PATTERN } from "./model.ts";

/**
 * Reads the commonest frame of all without its schema: a plain `message.send`, in a tenth of the
 * time. Whatever is not plainly valid is undefined, and is for the schema to read or to refuse.
 */
export function readPlainSend(
  raw: { readonly [field: string]: unknown },
): ClientFrame<"message.send"> | undefined {
  const { type, ref, conversation, clientId, kind, text } = raw;
  if (type !== "message.send" || kind !== "text") return undefined;
  if (typeof ref !== "number" || !Number.isSafeInteger(ref) || ref < 1) return undefined;
  if (typeof conversation !== "string" || !ID_PATTERN.test(conversation)) return undefined;
  if (typeof clientId !== "string" || !ID_PATTERN.test(clientId)) return undefined;
  // Code units are at least as many as characters, which are what is limited.
  if (typeof text !== "string" || text.length < 1 || text.length > LIMITS.textCharacters) {
    return undefined;
  }
  if (text.includes("\0") || !text.isWellFormed()) return undefined;
  let fields = 0;
  for (const _ in raw) fields++;
  return fields === 6 ? { type, ref, conversation, clientId, kind, text } : undefined;
}
