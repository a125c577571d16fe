import type { Clock } from "../../lib/clock.ts";
import { StartError } from "../../lib/errors.ts";
import { createMailbox, type Mailbox } from "./mailbox.ts";
import type { Mailer } from "./mailer.ts";

export interface OpenMail extends Disposable {
  readonly mailer: Mailer;
  readonly mailbox: Mailbox | undefined;
}

/**
 * The mailer that `url` (PARLEY_MAIL_URL) names.
 * @param shared what the isolates that share a mailbox call it, where there are several
 * @throws StartError for one that is not known
 */
export function openMail(url: string, clock: Clock, shared?: string): OpenMail {
  if (url === "mailbox:") {
    const mailbox = createMailbox(clock, shared);
    return { mailer: mailbox, mailbox, [Symbol.dispose]: () => mailbox[Symbol.dispose]() };
  }
  throw new StartError(`PARLEY_MAIL_URL=${url} is not supported; use mailbox:`);
}
