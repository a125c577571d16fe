import type { IncomingMessage } from "node:http";

/** Whether a request may bring a file, so that nobody knows how long it takes. */
export function isUpload({ method, url = "" }: Pick<IncomingMessage, "method" | "url">): boolean {
  return (method === "POST" || method === "PATCH") && /^\/api\/v1\/files(\/[^/?]*)?$/.test(url);
}
