import type { Context } from "hono";
import { networkBlock } from "../lib/client_address.ts";
import { AppError } from "../lib/errors.ts";
import { findCredentials } from "../lib/sql/users.ts";
import type { Env, Gate } from "./context.ts";
import { type KnownDevice, readDevice } from "./device_cookie.ts";
import { networkOf } from "./network.ts";

/** Lets a sign-in be tried, and counts it if the name or the password was wrong. */
export function createAttempts(gate: Gate) {
  const { sql, signIns } = gate;

  /** The device, where it belongs to the account that this is the name of. */
  const deviceFor = async (c: Context<Env>, login: string): Promise<KnownDevice | undefined> => {
    const known = readDevice(gate, c);
    if (known === undefined) return undefined;
    return (await findCredentials(sql, login))?.id === known.user ? known : undefined;
  };

  return async <T>(
    c: Context<Env>,
    { login, proof }: { login: string; proof?: string | undefined },
    task: () => Promise<T>,
  ): Promise<T> => {
    const network = networkBlock(networkOf(gate, c));
    const device = await deviceFor(c, login);
    using attempt = await signIns.begin({ login, network, device, proof });
    try {
      return await task();
    } catch (error) {
      if (error instanceof AppError && error.code === "credentials") attempt.failed();
      throw error;
    }
  };
}
