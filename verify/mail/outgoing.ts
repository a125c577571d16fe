import { createBoundedTurns } from "../../lib/bounded_turns.ts";
import { withDeadline, withoutDeadline } from "../../lib/deadline.ts";
import { AppError } from "../../lib/errors.ts";
import type { Log } from "../../lib/log.ts";
import type { Mail, Mailer } from "./mailer.ts";

/** Hands mails to the mailer, which may take long over each, or for ever. */
export interface Outgoing {
  /** @throws AppError `unavailable` where too many are waiting: to be asked before a code is made */
  refuseWhereFull(): void;
  /** Returns at once. A mail that cannot be handed over is logged. */
  send(mail: Mail): void;
}

/** Mails that are handed over at a time, and that wait. */
const AT_A_TIME = 4;
const WAITING = 200;
const MAIL_WITHIN = 30_000;

export function createOutgoing(parts: {
  mailer: Mailer;
  log: Log;
  /** Milliseconds that a mail server has to take a mail. */
  mailWithin?: number;
}): Outgoing {
  const { mailer, log, mailWithin = MAIL_WITHIN } = parts;
  const refusal = () =>
    new AppError("unavailable", "too many mails are waiting to be sent", { retryAfter: 30 });
  const turns = createBoundedTurns(AT_A_TIME, WAITING, refusal);
  return {
    refuseWhereFull: () => {
      if (turns.full) throw refusal();
    },
    send: (mail) => {
      // Whoever asked for the mail is answered and gone when its turn comes.
      withoutDeadline(() => turns.take(() => withDeadline(mailWithin, () => mailer.send(mail))))
        .catch((error) => log.error("mail.failed", { error }));
    },
  };
}
