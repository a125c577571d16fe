import { Hono } from "hono";
import { validate } from "../lib/http/validate.ts";
import { ChangePassword } from "../lib/protocol/requests.ts";
import { changePassword } from "../lib/sql/accounts/change_password.ts";
import type { Env, Gate } from "./context.ts";
import { tellEnded } from "./ending_sessions.ts";
import { networkOf } from "./network.ts";
import { changedMeanwhile, requirePassword } from "./own_password.ts";
import type { SignedIn } from "./signed_in.ts";
import { tellOwner } from "./tell_owner.ts";

export function passwordChanges(gate: Gate, signedIn: SignedIn) {
  const { sql, bus, passwords } = gate;
  return new Hono<Env>()
    .post("/", signedIn({ fresh: true }), validate("json", ChangePassword), async (c) => {
      const access = c.get("access");
      const { current, password } = c.req.valid("json");
      const { own, to } = await passwords.logins.take(async () => {
        const own = await requirePassword(gate, access, current);
        await passwords.refuseGuessable(password, own);
        return { own, to: await passwords.hash(password) };
      });
      const { displayName: name, device } = own;
      const doer = { session: access.session, device, ip: networkOf(gate, c) };
      const hashes = { from: own.passwordHash, to };
      const changed = await changePassword(sql, access.user, hashes, doer);
      if (changed === undefined) throw await changedMeanwhile(gate, access);
      const { at, ended } = changed;
      tellEnded(bus, ended, "password-changed");
      const notice = { to: own.email, name, at, device, ip: doer.ip };
      await tellOwner(gate, c, access.user, { kind: "password-changed", ...notice });
      return c.body(null, 204);
    });
}
