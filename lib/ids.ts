import type { Id } from "./protocol/model.ts";

/**
 * A new UUID version 7 (RFC 9562): ordered by time, so that indexes grow at their end. Every message
 * gets one, so it is made of a version 4, which the runtime has ready: the time's 48 bits go in front
 * of 74 of its random ones.
 */
export function newId(): Id {
  const time = Date.now().toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-7${crypto.randomUUID().slice(15)}`;
}
