import { Hono } from "hono";
import { AppError } from "../lib/errors.ts";
import { idParam, validate } from "../lib/http/validate.ts";
import { CreateSession, RefreshSession } from "../lib/protocol/requests.ts";
import { listSessions } from "../lib/sql/sessions.ts";
import { createAttempts } from "./attempts.ts";
import type { Env, Gate } from "./context.ts";
import { createEndings } from "./ending_sessions.ts";
import { dropRefreshCookie } from "./grant.ts";
import { networkOf } from "./network.ts";
import { createRefresh } from "./refresh_session.ts";
import { createSignIn } from "./sign_in.ts";
import type { SignedIn } from "./signed_in.ts";

export function sessions(gate: Gate, signedIn: SignedIn) {
  const { sql } = gate;
  const attempt = createAttempts(gate);
  const signIn = createSignIn(gate);
  const refresh = createRefresh(gate);
  const end = createEndings(gate);

  return new Hono<Env>()
    .post("/", validate("json", CreateSession), async (c) => {
      const asked = c.req.valid("json");
      return c.json(await attempt(c, asked, () => signIn(c, asked)), 201);
    })
    .post("/refresh", validate("json", RefreshSession), async (c) => {
      return c.json(await refresh(c, c.req.valid("json").refreshToken));
    })
    .get("/", signedIn(), async (c) => {
      const { user, session } = c.get("access");
      return c.json({ sessions: await listSessions(sql, user, session) });
    })
    .delete("/current", signedIn(), async (c) => {
      const access = c.get("access");
      await end.one(access, access.session, networkOf(gate, c));
      dropRefreshCookie(c);
      return c.body(null, 204);
    })
    // Never stale: whoever was just thrown out throws nobody else out.
    .delete("/others", signedIn({ fresh: true }), async (c) => {
      await end.others(c.get("access"), networkOf(gate, c));
      return c.body(null, 204);
    })
    .delete("/:id", signedIn({ fresh: true }), async (c) => {
      const access = c.get("access");
      const session = idParam(c.req.param("id"));
      if (!await end.one(access, session, networkOf(gate, c))) {
        throw new AppError("not-found", "there is nothing with this id");
      }
      if (session === access.session) dropRefreshCookie(c);
      return c.body(null, 204);
    });
}
