import type { Context } from "hono";
import { messageOf } from "../lib/errors.ts";
import type { Id } from "../lib/protocol/model.ts";
import { readLanguage } from "../lib/sql/languages.ts";
import type { Notice } from "../verify/requests.ts";
import type { Env, Gate } from "./context.ts";
import { languageOf } from "./language.ts";

/**
 * Mails an account's owner what became of it, whoever did that: in the owner's language, and only where
 * nobody knows that one in the language of who did it. It is done by then: that the mail cannot be sent
 * is no reason to say that it failed.
 */
export async function tellOwner(
  { sql, verify, log }: Pick<Gate, "sql" | "verify" | "log">,
  c: Context<Env>,
  user: Id,
  notice: Omit<Notice, "language">,
): Promise<void> {
  try {
    const language = await readLanguage(sql, user) ?? languageOf(c);
    await verify.tell({ ...notice, language });
  } catch (error) {
    log.warn("notice.not-sent", { kind: notice.kind, error: messageOf(error) });
  }
}
