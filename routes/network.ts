import type { Context } from "hono";
import type { Env, Gate } from "./context.ts";

/** The network address of whoever asks; a proxy in between counts only where it is trusted. */
export function networkOf({ clientAddress }: Pick<Gate, "clientAddress">, c: Context<Env>): string {
  return clientAddress(c.env.incoming.socket.remoteAddress, c.req.header("x-forwarded-for"));
}
