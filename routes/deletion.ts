import { Hono } from "hono";
import { validate } from "../lib/http/validate.ts";
import { DeleteAccount } from "../lib/protocol/requests.ts";
import { askDeletion } from "../lib/sql/accounts/deletion.ts";
import type { Env, Gate } from "./context.ts";
import { tellEnded } from "./ending_sessions.ts";
import { dropRefreshCookie } from "./grant.ts";
import { networkOf } from "./network.ts";
import { changedMeanwhile, requirePassword } from "./own_password.ts";
import type { SignedIn } from "./signed_in.ts";
import { tellOwner } from "./tell_owner.ts";

export function deletion(gate: Gate, signedIn: SignedIn) {
  const { sql, bus, passwords } = gate;
  return new Hono<Env>()
    .post("/", signedIn({ fresh: true }), validate("json", DeleteAccount), async (c) => {
      const access = c.get("access");
      const { password } = c.req.valid("json");
      const own = await passwords.logins.take(() => requirePassword(gate, access, password));
      const { passwordHash, email: to, displayName: name, device } = own;
      const doer = { session: access.session, device, ip: networkOf(gate, c) };
      const asked = await askDeletion(sql, access.user, passwordHash, doer);
      if (asked === undefined) throw await changedMeanwhile(gate, access);
      const { deletesAt, ended } = asked;
      tellEnded(bus, ended, "deletion-asked");
      dropRefreshCookie(c);
      const notice = { to, name, at: deletesAt, device, ip: doer.ip };
      await tellOwner(gate, c, access.user, { kind: "deletion-asked", ...notice });
      return c.json({ deletesAt }, 202);
    });
}
