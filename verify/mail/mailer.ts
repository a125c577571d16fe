import * as z from "zod";
import { AppError } from "../../lib/errors.ts";

export const Mail = z.object({
  to: z.string(),
  subject: z.string(),
  text: z.string(),
  html: z.string(),
  /** The verification code in it, for the mailbox of a development server. */
  code: z.string().optional(),
});
export type Mail = z.infer<typeof Mail>;

/** Hands mails over for delivery. */
export interface Mailer extends AsyncDisposable {
  /**
   * Resolves when the next hop has taken the mail. What it is rejected with tells whether to try again.
   * @param id the same for each try of one mail
   * @throws MailRefused where another try would come to the same
   */
  send(mail: Mail, id: string): Promise<void>;
}

/** The next hop does not take this mail, now or later. */
export class MailRefused extends Error {
  override name = "MailRefused";
}

/** A line break begins another header, with which whoever chose the text could write to anybody. */
const CONTROL = /\p{Cc}/u;
/** One address, and nothing beside it that a list of several would be made of. */
const ADDRESS = /^[^\s,;:<>()"@]+@[^\s,;:<>()"@]+$/;

/** @throws AppError where something that reaches a header could be more than that */
export function checkHeaders({ to, subject }: Pick<Mail, "to" | "subject">): void {
  if (CONTROL.test(to) || CONTROL.test(subject)) {
    throw new AppError("invalid", "a mail's address or subject has a line break in it");
  }
  if (!ADDRESS.test(to)) throw new AppError("invalid", "a mail goes to one address");
}
