import { withoutDeadline } from "../../lib/deadline.ts";
import { AppError, messageOf } from "../../lib/errors.ts";
import { newId } from "../../lib/ids.ts";
import type { Log } from "../../lib/log.ts";
import type { Seal } from "../../lib/seal.ts";
import { isAway } from "../../lib/sql/failures.ts";
import {
  type ClaimedMail,
  claimMail,
  countMails,
  delayMail,
  insertMail,
  removeMail,
  sweepMails,
} from "../../lib/sql/mails.ts";
import type { Sql } from "../../lib/sql/open.ts";
import { poll } from "../../lib/sql/poll.ts";
import { atMost, sleep, type Timers } from "../../lib/timers.ts";
import { checkHeaders, Mail, type Mailer, MailRefused } from "./mailer.ts";
import type { Post } from "./post.ts";

/** Milliseconds between two questions whether there is something to send: another process may be gone. */
const LOOK_EVERY = 1_000;
const SWEEP_EVERY = 5_000;
/**
 * Milliseconds within which a mail that was just stored is begun, by chance: the work would make the next
 * request slower, and who times that could tell whether there was a mail.
 */
const BEGUN_WITHIN = 500;
/** Mails that one process is at. */
const AT_A_TIME = 10;
/**
 * Milliseconds that a mail is somebody's who is at it. A mailer gives up long before: only of a process
 * that is gone does anybody take a mail over.
 */
const LEASE = 60_000;
/** Milliseconds after the first try that failed, and at most. */
const FIRST_DELAY = 2_000;
const MOST_DELAY = 10 * 60_000;
/** Milliseconds that a code may wait to leave. */
const MOST_WAIT = 5 * 60_000;
/** Milliseconds: a code that is worth something for less nobody has read by then. */
const WORTHLESS_UNDER = 10_000;
/** Milliseconds that mails under way have at the end, and then to say that they did not get there. */
const END_WITHIN = 3_000;
const GIVE_BACK_WITHIN = 1_000;

/**
 * Mails by way of the database: what it has stored is sent, whichever process does it, one after the
 * other for all of them. No mail is sent twice unless a process ends, or the mail server's answer is
 * lost, after the server has taken it and before that is written down.
 */
export function startMailQueue(parts: {
  sql: Sql;
  seal: Seal;
  mailer: Mailer;
  timers: Timers;
  log: Log;
  /** How many mails may leave in a minute, from all processes together. */
  perMinute: number;
}): Post {
  const { sql, seal, mailer, timers, log, perMinute } = parts;
  const every = 60_000 / perMinute;
  const sending = new Set<Promise<void>>();
  let ended = false;
  let again = false;
  let callOff = () => {};
  let callOffWake: (() => void) | undefined;

  let claiming: Promise<void> = Promise.resolve();
  const claim = () => claiming = claimAll();
  const claimAll = async () => {
    do {
      again = false;
      while (!ended && sending.size < AT_A_TIME) {
        const mail = await claimMail(sql, { every, lease: LEASE });
        if (mail === undefined) break;
        // It became this process's while that was ending: another one is to have it at once.
        if (ended) return await note(() => delayMail(sql, mail, 0));
        begin(mail);
        if (every === 0) continue;
        callOff();
        callOff = timers.after(Math.ceil(every), wake);
        break;
      }
    } while (again);
  };
  const begin = (mail: ClaimedMail) => {
    const work = deliver(mail)
      // What it was is forgotten: after its lease it is tried again.
      .catch((error) => log.error("mail.failed", { kind: mail.kind, error }))
      .finally(() => {
        sending.delete(work);
        if (sending.size === AT_A_TIME - 1) wake();
      });
    sending.add(work);
  };

  const deliver = async (claimed: ClaimedMail): Promise<void> => {
    const { id, kind, sealed, tries, lasts } = claimed;
    if (lasts < WORTHLESS_UNDER) {
      log.error("mail.given-up", { kind, tries: tries - 1, reason: TOO_LATE });
      return await note(() => removeMail(sql, claimed));
    }
    const opened = seal.open(sealed, id);
    if (opened === undefined) {
      log.error("mail.unreadable", { kind, reason: "the secret is another one now" });
      return await note(() => removeMail(sql, claimed));
    }
    try {
      await mailer.send(Mail.parse(JSON.parse(opened)), id);
    } catch (error) {
      const reason = messageOf(error);
      if (error instanceof MailRefused) {
        log.error("mail.refused", { kind, tries, reason });
        return await note(() => removeMail(sql, claimed));
      }
      const wait = delayAfter(tries, timers.random());
      await note(() => delayMail(sql, claimed, wait));
      return log.warn("mail.delayed", { kind, tries, reason, seconds: Math.round(wait / 1000) });
    }
    log.debug("mail.sent", { kind, tries });
    await note(() => removeMail(sql, claimed));
  };

  /** Writes down what a try came to, also where the database is away for a moment. */
  const note = async (write: () => Promise<unknown>): Promise<void> => {
    for (let tries = 0;; tries++) {
      try {
        return void await write();
      } catch (error) {
        if (!isAway(error) || ended || tries * LOOK_EVERY >= LEASE / 2) throw error;
      }
      await sleep(timers, LOOK_EVERY);
    }
  };

  const sweep = async () => {
    for (const { kind, tries } of await sweepMails(sql)) {
      if (kind !== DECOY) log.error("mail.given-up", { kind, tries, reason: TOO_LATE });
    }
  };
  const failed = (error: unknown) => log.error("mail.queue-failed", { error });
  const looking = poll(timers, LOOK_EVERY, claim, failed);
  const sweeping = poll(timers, SWEEP_EVERY, sweep, failed);
  const wake = () => {
    again = true;
    // Whoever posted a mail does not wait until it is sent.
    withoutDeadline(() => looking.now());
  };
  const wakeSoon = () => {
    callOffWake ??= timers.after(timers.random() * BEGUN_WITHIN, () => {
      callOffWake = undefined;
      wake();
    });
  };

  return {
    refuseWhereFull: async () => {
      const wait = await countMails(sql, MOST_WAIT) * every;
      if (wait <= MOST_WAIT) return;
      throw new AppError("unavailable", "too many mails are waiting to be sent", {
        retryAfter: Math.ceil((wait - MOST_WAIT) / 1000),
      });
    },
    take: async ({ mail, kind, lasts, wanted }) => {
      checkHeaders(mail);
      const id = newId();
      const sealed = seal.close(JSON.stringify(mail), id);
      await insertMail(sql, {
        id,
        sealed,
        kind: wanted ? kind : DECOY,
        // Worth nothing from the beginning: it is swept, and takes nobody's turn.
        lasts: wanted ? lasts : 0,
      });
      wakeSoon();
    },
    [Symbol.asyncDispose]: async () => {
      ended = true;
      again = false;
      callOff();
      callOffWake?.();
      looking[Symbol.dispose]();
      sweeping[Symbol.dispose]();
      // What is claimed right now is given back, and nothing else begins.
      await atMost(timers, END_WITHIN, Promise.all([claiming.catch(() => {}), ...sending]));
      await mailer[Symbol.asyncDispose]();
      await atMost(timers, GIVE_BACK_WITHIN, Promise.all(sending));
    },
  };
}

const DECOY = "decoy";
const TOO_LATE = "it came too late";

/** Milliseconds until the next try, after so many; by chance, so that not all come at once. */
export function delayAfter(tries: number, chance: number): number {
  return Math.min(MOST_DELAY, FIRST_DELAY * 2 ** (tries - 1)) * (0.5 + chance / 2);
}
