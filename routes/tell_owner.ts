import type { Context } from "hono";
import { messageOf } from "../lib/errors.ts";
import type { Notice } from "../verify/service.ts";
import type { Env, Gate } from "./context.ts";
import { languageOf } from "./language.ts";

/**
 * Mails an account's owner what became of it, whoever did that. It is done by then: that the mail
 * cannot be sent is no reason to say that it failed.
 */
export async function tellOwner(
  { verify, log }: Pick<Gate, "verify" | "log">,
  c: Context<Env>,
  notice: Omit<Notice, "language">,
): Promise<void> {
  try {
    await verify.tell({ ...notice, language: languageOf(c) });
  } catch (error) {
    log.warn("notice.not-sent", { kind: notice.kind, error: messageOf(error) });
  }
}
