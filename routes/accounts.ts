import { Hono } from "hono";
import { AppError } from "../lib/errors.ts";
import { validate } from "../lib/http/validate.ts";
import { newId } from "../lib/ids.ts";
import { CreateAccount } from "../lib/protocol/requests.ts";
import { insertUser } from "../lib/sql/users.ts";
import type { Env, Gate } from "./context.ts";
import { beginSession } from "./grant.ts";

export function accounts(gate: Gate) {
  const { sql, verify, log, passwords } = gate;
  return new Hono<Env>()
    .post("/", validate("json", CreateAccount), async (c) => {
      const { email, code, username, password, displayName, device, transport } = c.req.valid(
        "json",
      );
      await passwords.refuseGuessable(password, { username, email });
      const key = { email, purpose: "register" } as const;
      await verify.check(key, code);
      const passwordHash = await passwords.logins.take(() => passwords.hash(password));
      const outcome = await insertUser(sql, {
        id: newId(),
        username,
        email,
        displayName: displayName ?? username,
        passwordHash,
      });
      // The code is still good: a person whose name is taken tries another without a new mail.
      if ("taken" in outcome) {
        throw new AppError("conflict", `this ${outcome.taken} is taken`, {
          errors: [{ path: outcome.taken, message: "is taken" }],
        });
      }
      // The account exists now, and its address is taken: a code that is left over opens nothing.
      await verify.use(key, code).catch((error) => log.warn("code.not-used-up", { error }));
      const event = "account-created";
      const grant = await beginSession(gate, c, outcome.user, { device, transport, event });
      if (grant === undefined) throw new AppError("gone", "this account no longer exists");
      return c.json(grant, 201);
    });
}
