import type * as z from "zod";

/** What a route asks of a request before it looks at it. */
export type Asks = {
  readonly json?: z.ZodType;
  readonly query?: z.ZodType;
  /** An access token of a live session. */
  readonly session?: true;
};

/**
 * Leaves on a middleware what it asks for, so that what the interface says about itself is read from
 * the routes and cannot disagree with them.
 */
export function asking<T extends object>(middleware: T, asks: Asks): T {
  return Object.assign(middleware, { asks });
}

export function asksOf(handler: object): Asks {
  return "asks" in handler ? handler.asks as Asks : {};
}
