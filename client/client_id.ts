import type { Id } from "../lib/protocol/model.ts";

/**
 * A random UUID (RFC 9562, version 4). Not `crypto.randomUUID`, which browsers offer only to pages
 * that came over https or from this machine.
 */
export function newClientId(): Id {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const hex = [...bytes].map((byte, index) => {
    const marked = index === 6 ? byte & 0x0f | 0x40 : index === 8 ? byte & 0x3f | 0x80 : byte;
    return marked.toString(16).padStart(2, "0");
  }).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
