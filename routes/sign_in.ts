import type { Context } from "hono";
import type * as z from "zod";
import { AppError } from "../lib/errors.ts";
import type { SessionGrant } from "../lib/protocol/model.ts";
import type { CreateSession } from "../lib/protocol/requests.ts";
import { findCredentials, readMe } from "../lib/sql/users.ts";
import type { Env, Gate } from "./context.ts";
import { deviceNameOf } from "./device_name.ts";
import { beginSession } from "./grant.ts";
import { networkOf } from "./network.ts";
import { keepAccount, renewHash } from "./signed_in_again.ts";
import { tellOwner } from "./tell_owner.ts";

/** Signs people in by their name and password. It does the same work whether or not they exist. */
export function createSignIn(gate: Gate) {
  const { sql, passwords, failedSignIns } = gate;

  return async (
    c: Context<Env>,
    { login, password, device, transport }: z.infer<typeof CreateSession>,
  ): Promise<SessionGrant> => {
    let kept: Awaited<ReturnType<typeof keepAccount>>;
    const once = async (): Promise<SessionGrant | undefined> => {
      const found = await findCredentials(sql, login);
      const matches = await passwords.matches(found?.passwordHash, password);
      const user = found !== undefined && matches ? await readMe(sql, found.id) : undefined;
      const [browser, ip] = [deviceNameOf(c.req.header("user-agent")), networkOf(gate, c)];
      if (found === undefined || user === undefined) {
        // Not what a stranger calls their device: the account's owner reads it.
        failedSignIns.note(found?.id, { device: browser, ip });
        throw wrong();
      }
      kept ??= await keepAccount(gate, found, { device: device ?? browser, ip });
      const { passwordHash } = found;
      const grant = await beginSession(gate, c, user, {
        device,
        transport,
        event: "signed-in",
        passwordHash,
      });
      if (grant !== undefined) renewHash(gate, found, password);
      return grant;
    };
    // The second time it is known whether the same password was only stored in another way meanwhile.
    const signIn = async () => await once() ?? await once();
    try {
      const grant = await passwords.logins.take(signIn);
      if (grant === undefined) throw wrong();
      return grant;
    } finally {
      if (kept !== undefined) await tellOwner(gate, c, kept.owner, kept.notice);
    }
  };
}

function wrong(): AppError {
  return new AppError("credentials", "there is no account with this name and password");
}
