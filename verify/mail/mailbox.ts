import type { Clock } from "../../lib/clock.ts";
import type { Mail, Mailer } from "./mailer.ts";

export type KeptMail = Mail & {
  /** ISO 8601. */
  at: string;
};

/** A mailer that delivers nothing: mails stay in memory, to be looked at. */
export interface Mailbox extends Mailer {
  /** Newest first; only those to `to` where it is given. */
  mails(to?: string): readonly KeptMail[];
}

const KEPT = 500;

export function createMailbox(clock: Clock): Mailbox {
  let kept: KeptMail[] = [];
  return {
    send: (mail) => {
      kept = [{ ...mail, at: new Date(clock.now()).toISOString() }, ...kept].slice(0, KEPT);
      return Promise.resolve();
    },
    mails: (to) => to === undefined ? kept : kept.filter((mail) => mail.to === to.toLowerCase()),
  };
}
