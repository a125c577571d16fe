import { Hono } from "hono";
import { AppError } from "../lib/errors.ts";
import { validate } from "../lib/http/validate.ts";
import { CreateTicket } from "../lib/protocol/requests.ts";
import { insertTicket } from "../lib/sql/tickets.ts";
import { hashToken, newToken, TICKET_LIFETIME } from "../lib/tokens.ts";
import type { Env, Gate } from "./context.ts";
import { networkOf } from "./network.ts";
import { originAskedAt } from "./origin.ts";
import type { SignedIn } from "./signed_in.ts";

export function tickets(gate: Gate, signedIn: SignedIn) {
  const { sql, status, config } = gate;
  const { id: here, region } = config.node;
  return new Hono<Env>()
    .post("/", signedIn({ fresh: true }), validate("json", CreateTicket), async (c) => {
      const { exclude } = c.req.valid("json");
      const node = await status.nodes.pick({
        exclude: exclude ?? [],
        region,
        address: networkOf(gate, c),
        here,
      });
      if (node === undefined) {
        throw new AppError("unavailable", "no chat node can take a connection", { retryAfter: 2 });
      }
      const ticket = newToken();
      await insertTicket(sql, {
        hash: hashToken(ticket),
        session: c.get("access").session,
        node: node.id,
        seconds: TICKET_LIFETIME,
      });
      const origin = originAskedAt(c.req.url, c.req.header("origin"));
      const url = node.url ?? `${origin.replace(/^http/, "ws")}/api/v1/chat`;
      return c.json({ url, ticket, expiresIn: TICKET_LIFETIME, node: node.id }, 201);
    });
}
