import type { IncomingMessage } from "node:http";

/**
 * Whether a request may bring a file, so that nobody knows how long it takes. What is beside it has a
 * small body, and the time that every other one has.
 */
export function isUpload({ method, url = "" }: Pick<IncomingMessage, "method" | "url">): boolean {
  if (method === "POST") return url === "/api/v1/files";
  return method === "PATCH" && /^\/api\/v1\/files\/[^/?]+$/.test(url);
}
