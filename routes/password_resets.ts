import { Hono } from "hono";
import { AppError } from "../lib/errors.ts";
import { validate } from "../lib/http/validate.ts";
import { ResetPassword } from "../lib/protocol/requests.ts";
import { findByEmail, resetPassword } from "../lib/sql/accounts/reset_password.ts";
import type { Env, Gate } from "./context.ts";
import { deviceNameOf } from "./device_name.ts";
import { tellEnded } from "./ending_sessions.ts";
import { networkOf } from "./network.ts";
import { tellOwner } from "./tell_owner.ts";

/** Signs nobody in: whoever got hold of a code has to know what they set, and its owner is told. */
export function passwordResets(gate: Gate) {
  const { sql, bus, verify, passwords } = gate;
  return new Hono<Env>()
    .post("/", validate("json", ResetPassword), async (c) => {
      const { email, code, password } = c.req.valid("json");
      await passwords.refuseGuessable(password, { email });
      const key = { email, purpose: "reset-password" } as const;
      // No code is right for an address without an account, and nobody else comes past this.
      await verify.check(key, code);
      const account = await findByEmail(sql, email);
      if (account === undefined) throw gone();
      const { id, username, displayName: name } = account;
      await passwords.refuseGuessable(password, { username, email });
      const hash = await passwords.logins.take(() => passwords.hash(password));
      // Used up before anything rests on it: of two who have it at once only one goes on.
      await verify.use(key, code);
      const device = deviceNameOf(c.req.header("user-agent"));
      const from = { device, ip: networkOf(gate, c) };
      const reset = await resetPassword(sql, { id, email, hash }, from);
      if (reset === undefined) throw gone();
      const { at, ended } = reset;
      tellEnded(bus, ended, "password-reset");
      await tellOwner(gate, c, id, { kind: "password-reset", to: email, name, at, ...from });
      return c.body(null, 204);
    });
}

function gone(): AppError {
  return new AppError("code-expired", "the code is no longer valid; ask for a new one");
}
