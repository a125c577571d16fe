import type { Config } from "./config.ts";

/** Whether a browser page from `origin` may use this server, asked under the name `host`. */
export type AllowOrigin = (origin: string, host: string | undefined) => boolean;

/**
 * Exact matches of the configured origins; where none are configured, the origin that the request
 * itself was sent to. A foreign page cannot pretend to that: browsers set both headers.
 */
export function createAllowOrigin(
  config: Pick<Config, "origins" | "allowOwnOrigin">,
): AllowOrigin {
  const allowed = new Set(config.origins);
  return (origin, host) => {
    if (allowed.has(origin)) return true;
    if (!config.allowOwnOrigin || host === undefined || !URL.canParse(origin)) return false;
    // The scheme is left open: a proxy may have taken the TLS off.
    return new URL(origin).host === host.toLowerCase();
  };
}
