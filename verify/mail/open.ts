import type { Clock } from "../../lib/clock.ts";
import { StartError } from "../../lib/errors.ts";
import { createMailbox, type Mailbox } from "./mailbox.ts";
import type { Mailer } from "./mailer.ts";

export type OpenMail = { mailer: Mailer; mailbox: Mailbox | undefined };

/**
 * The mailer that `url` (PARLEY_MAIL_URL) names.
 * @throws StartError for one that is not known
 */
export function openMail(url: string, clock: Clock): OpenMail {
  if (url === "mailbox:") {
    const mailbox = createMailbox(clock);
    return { mailer: mailbox, mailbox };
  }
  throw new StartError(`PARLEY_MAIL_URL=${url} is not supported; use mailbox:`);
}
