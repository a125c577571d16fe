import { createBoundedTurns } from "../../lib/bounded_turns.ts";
import { AppError } from "../../lib/errors.ts";
import type { Log } from "../../lib/log.ts";
import type { Timers } from "../../lib/timers.ts";
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
/** Milliseconds after which a mail is given up. */
const HANDED_OVER_WITHIN = 30_000;

export function createOutgoing(
  { mailer, timers, log }: { mailer: Mailer; timers: Timers; log: Log },
): Outgoing {
  const refusal = () =>
    new AppError("unavailable", "too many mails are waiting to be sent", { retryAfter: 30 });
  const turns = createBoundedTurns(AT_A_TIME, WAITING, refusal);
  const handOver = async (mail: Mail) => {
    const late = Promise.withResolvers<never>();
    const callOff = timers.after(
      HANDED_OVER_WITHIN,
      () => late.reject(new Error("the mail server did not take it in time")),
    );
    try {
      await Promise.race([mailer.send(mail), late.promise]);
    } finally {
      callOff();
    }
  };
  return {
    refuseWhereFull: () => {
      if (turns.full) throw refusal();
    },
    send: (mail) => {
      turns.take(() => handOver(mail)).catch((error) => log.error("mail.failed", { error }));
    },
  };
}
