import type { Language } from "../protocol/codes.ts";
import type { Id } from "../protocol/model.ts";
import type { Queries, Sql } from "./open.ts";

/**
 * Keeps what an account's owner reads. Comes before whatever locks the account's row to share it: two
 * who both hold it like that could not change it, and would wait for one another.
 */
export async function keepLanguage(sql: Queries, user: Id, language: Language): Promise<void> {
  await sql`
    update users set language = ${language}
    where id = ${user} and language is distinct from ${language} and deleted_at is null`;
}

/** Undefined where nobody knows. */
export async function readLanguage(sql: Sql, user: Id): Promise<Language | undefined> {
  const [row] = await sql<{ language: Language | null }[]>`
    select language from users where id = ${user}`;
  return row?.language ?? undefined;
}
