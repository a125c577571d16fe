import type { Clock } from "../../lib/clock.ts";
import type { Mail, Mailer } from "./mailer.ts";

export type KeptMail = Mail & {
  id: string;
  /** ISO 8601. */
  at: string;
};

/** A mailer that delivers nothing: mails stay in memory, to be looked at. */
export interface Mailbox extends Mailer {
  /** Newest first; only those to `to` where it is given. */
  mails(to?: string): readonly KeptMail[];
}

/** What isolates tell one another. One that comes later asks what it has missed. */
type News = { ask: true } | { mails: readonly KeptMail[] };

const KEPT = 500;

/**
 * @param shared what the channel is called by which several isolates of a process keep the same
 * mails: whoever looks comes to any of them
 */
export function createMailbox(clock: Clock, shared?: string): Mailbox {
  let kept: readonly KeptMail[] = [];
  const channel = shared === undefined ? undefined : new BroadcastChannel(shared);
  const tell = (news: News) => channel?.postMessage(news);
  const keep = (mails: readonly KeptMail[]) => {
    const known = new Set(kept.map(({ id }) => id));
    kept = [...mails.filter(({ id }) => !known.has(id)), ...kept]
      .sort((a, b) => a.at < b.at ? 1 : a.at > b.at ? -1 : 0).slice(0, KEPT);
  };
  channel?.addEventListener("message", ({ data }: MessageEvent<News>) => {
    if ("mails" in data) keep(data.mails);
    else if (kept.length > 0) tell({ mails: kept });
  });
  tell({ ask: true });
  return {
    send: (mail, id) => {
      const at = new Date(clock.now()).toISOString();
      const mails = [{ ...mail, id, at }];
      keep(mails);
      tell({ mails });
      return Promise.resolve();
    },
    mails: (to) => to === undefined ? kept : kept.filter((mail) => mail.to === to.toLowerCase()),
    [Symbol.asyncDispose]: () => Promise.resolve(channel?.close()),
  };
}
