import { Hono } from "hono";
import { AppError } from "../lib/errors.ts";
import { validate } from "../lib/http/validate.ts";
import { CreateSession, RefreshSession } from "../lib/protocol/requests.ts";
import { endSession, rotateSession } from "../lib/sql/sessions.ts";
import { findCredentials, readMe } from "../lib/sql/users.ts";
import type { Env, Gate } from "./context.ts";
import { beginSession, continueSession, dropRefreshCookie, readRefreshCookie } from "./grant.ts";
import type { SignedIn } from "./signed_in.ts";

export function sessions(gate: Gate, signedIn: SignedIn) {
  const { sql, bus, tokens, passwords } = gate;

  const end = async (session: string, reason: string) => {
    await endSession(sql, session, reason);
    bus.publish({ kind: "session-ended", session, reason });
  };

  return new Hono<Env>()
    .post("/", validate("json", CreateSession), async (c) => {
      const { login, password, device, transport } = c.req.valid("json");
      return await passwords.logins.take(async () => {
        const found = await findCredentials(sql, login);
        const matches = await passwords.matches(found?.passwordHash, password);
        const user = found !== undefined && matches ? await readMe(sql, found.id) : undefined;
        if (user === undefined) {
          throw new AppError("credentials", "there is no account with this name and password");
        }
        return c.json(await beginSession(gate, c, user, { device, transport }), 201);
      });
    })
    .post("/refresh", validate("json", RefreshSession), async (c) => {
      const { refreshToken } = c.req.valid("json");
      const transport = refreshToken === undefined ? "cookie" : "body";
      const refresh = tokens.readRefresh(refreshToken ?? readRefreshCookie(c) ?? "");
      if (refresh === undefined) throw signedOut();
      const rotation = await rotateSession(sql, refresh.session, refresh.generation);
      if (rotation.outcome === "reused") {
        bus.publish({ kind: "session-ended", session: refresh.session, reason: "reused" });
      }
      if (rotation.outcome === "reused" || rotation.outcome === "gone") {
        if (transport === "cookie") dropRefreshCookie(c);
        throw signedOut();
      }
      return c.json(await continueSession(gate, c, rotation.session, transport));
    })
    .delete("/current", signedIn(), async (c) => {
      await end(c.get("access").session, "signed-out");
      dropRefreshCookie(c);
      return c.body(null, 204);
    });
}

function signedOut(): AppError {
  return new AppError("unauthenticated", "this session has ended; sign in again");
}
