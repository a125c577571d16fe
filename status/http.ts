/** The status service for processes that do not run it: mounted at /internal/status. */
import * as z from "zod";
import { AppError } from "../lib/errors.ts";
import { validate } from "../lib/http/validate.ts";
import { Id } from "../lib/protocol/model.ts";
import { internalRoutes } from "../lib/services/internal_routes.ts";
import type { ServiceTokens } from "../lib/services/service_tokens.ts";
import type { Status } from "./service.ts";

/** People in one request: those of a larger one would not fit into a body. */
export const PEOPLE_AT_A_TIME = 1_000;

const Name = z.string().min(1).max(128);
const Count = z.number().min(0);

const Report = z.strictObject({
  origin: Name,
  epoch: Name,
  number: z.int().min(0),
  node: Name,
  url: z.string().max(2_000).nullable(),
  region: Name,
  connections: Count,
  capacity: Count,
  weight: Count,
  delay: Count,
  draining: z.boolean(),
});

const Wanted = z.strictObject({
  exclude: z.array(z.string()).max(1_000),
  region: Name,
  address: z.string(),
  here: Name.nullable(),
});

const Read = z.strictObject({ users: z.array(Id).max(PEOPLE_AT_A_TIME) });

const Write = z.strictObject({
  by: z.strictObject({ origin: Name, epoch: Name }),
  changes: z.array(
    // Null: no longer there.
    z.strictObject({ user: Id, state: z.enum(["online", "away", "busy"]).nullable() }),
  ).max(PEOPLE_AT_A_TIME),
});

export function statusRoutes({ nodes, presence }: Status, tokens: ServiceTokens) {
  return internalRoutes("status", tokens)
    .post("/nodes/renew", validate("json", Report), async (c) => {
      return c.json(await nodes.renew(c.req.valid("json")));
    })
    .post("/nodes/leave", validate("json", Report), async (c) => {
      await nodes.leave(c.req.valid("json"));
      return c.body(null, 204);
    })
    .post("/nodes/pick", validate("json", Wanted), async (c) => {
      return c.json({ node: await nodes.pick(c.req.valid("json")) ?? null });
    })
    .post("/presence/read", validate("json", Read), async (c) => {
      const seen = await presence.read(c.req.valid("json").users);
      // Another status service may reach the store: an error lets the caller ask that one.
      if (seen.some(({ state }) => state === "unknown")) {
        throw new AppError("unavailable", "the store of presence cannot be reached", {
          retryAfter: 2,
        });
      }
      return c.json(seen);
    })
    .post("/presence/write", validate("json", Write), async (c) => {
      const { by, changes } = c.req.valid("json");
      const states = new Map(changes.map(({ user, state }) => [user, state ?? undefined]));
      return c.json(await presence.write(by, states));
    });
}

export type StatusRoutes = ReturnType<typeof statusRoutes>;
