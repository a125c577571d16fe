import type { Id } from "../protocol/model.ts";
import type { Sql } from "./open.ts";

/** Why a session ended; undefined where nobody ended it, as when it expired. */
export async function readEndedReason(sql: Sql, session: Id): Promise<string | undefined> {
  const [row] = await sql<{ endedReason: string | null }[]>`
    select ended_reason from sessions where id = ${session}`;
  return row?.endedReason ?? undefined;
}
