/** People who are signed in without having signed up. */
import { newId } from "../../lib/ids.ts";
import type { Id } from "../../lib/protocol/model.ts";
import type { Sql } from "../../lib/sql/open.ts";
import { insertSession } from "../../lib/sql/sessions.ts";
import { createTokens } from "../../lib/tokens.ts";
import { seedUser } from "./seed.ts";
import { TEST_SECRET } from "./test_server.ts";

export type SeededPerson = {
  readonly id: Id;
  readonly session: Id;
  /** An access token, good for minutes from now. */
  token(): Promise<string>;
  /** The refresh token that the session began with. */
  readonly refreshToken: string;
  /** A ticket, got as everybody gets one. */
  ticket(): Promise<string>;
};

/** Makes people at a server that shares the tests' secret: a new one, or a session of `user`. */
export function createSeeder(origin: string, sql: Sql): (user?: Id) => Promise<SeededPerson> {
  const tokens = createTokens(TEST_SECRET, { now: () => Date.now() });
  return async (user) => {
    const id = user ?? await seedUser(sql);
    const session = newId();
    await insertSession(sql, {
      id: session,
      userId: id,
      device: "",
      ip: "",
    });
    const token = () => tokens.issueAccess({ user: id, session });
    return {
      id,
      session,
      token,
      refreshToken: tokens.issueRefresh({ session, generation: 1 }),
      ticket: async () => {
        const answer = await fetch(`${origin}/api/v1/tickets`, {
          method: "POST",
          headers: {
            "authorization": `Bearer ${await token()}`,
            "content-type": "application/json",
          },
          body: "{}",
        });
        const body: { ticket?: string } = await answer.json();
        if (body.ticket === undefined) throw new Error(`no ticket: ${JSON.stringify(body)}`);
        return body.ticket;
      },
    };
  };
}
