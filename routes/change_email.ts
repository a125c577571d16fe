import { Hono } from "hono";
import { AppError } from "../lib/errors.ts";
import { validate } from "../lib/http/validate.ts";
import { ChangeEmail } from "../lib/protocol/requests.ts";
import { changeEmail } from "../lib/sql/accounts/change_email.ts";
import type { Env, Gate } from "./context.ts";
import { networkOf } from "./network.ts";
import { changedMeanwhile, requirePassword } from "./own_password.ts";
import type { SignedIn } from "./signed_in.ts";
import { tellOwner } from "./tell_owner.ts";

export function emailChanges(gate: Gate, signedIn: SignedIn) {
  const { sql, verify, passwords } = gate;
  return new Hono<Env>()
    .post("/", signedIn({ fresh: true }), validate("json", ChangeEmail), async (c) => {
      const access = c.get("access");
      const { email, code, password } = c.req.valid("json");
      const key = { email, purpose: "change-email" } as const;
      const own = await passwords.logins.take(() => requirePassword(gate, access, password));
      await verify.check(key, code);
      // Used up before anything rests on it: of two who have it at once only one goes on.
      await verify.use(key, code);
      const { passwordHash, displayName: name, device } = own;
      const doer = { session: access.session, device, ip: networkOf(gate, c) };
      const outcome = await changeEmail(sql, access.user, { to: email, passwordHash }, doer);
      if (outcome === "stale") throw await changedMeanwhile(gate, access);
      // Only who reads that address's mail learns of it.
      if (outcome === "taken") {
        throw new AppError("conflict", "this email is taken", {
          errors: [{ path: "email", message: "is taken" }],
        });
      }
      const notice = { name, at: outcome.at, device, ip: doer.ip };
      await tellOwner(gate, c, access.user, {
        kind: "email-changed-from",
        to: own.email,
        ...notice,
      });
      await tellOwner(gate, c, access.user, { kind: "email-changed-to", to: email, ...notice });
      return c.json(outcome.me);
    });
}
