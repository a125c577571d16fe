import type { Clock } from "../../lib/clock.ts";
import type { Config } from "../../lib/config.ts";
import { StartError } from "../../lib/errors.ts";
import type { Log } from "../../lib/log.ts";
import type { Seal } from "../../lib/seal.ts";
import { parseSmtpUrl } from "../../lib/smtp_url.ts";
import type { Sql } from "../../lib/sql/open.ts";
import { realTimers } from "../../lib/timers.ts";
import { createMailbox, type Mailbox } from "./mailbox.ts";
import { createDirectPost, type Post } from "./post.ts";
import { startMailQueue } from "./queue.ts";

export interface OpenMail extends AsyncDisposable {
  readonly post: Post;
  readonly mailbox: Mailbox | undefined;
}

/** Four fifths of the 200 a minute that mail providers commonly take. */
const PER_MINUTE = 160;

/**
 * What takes mails where `config` says that they go.
 * @param shared what the isolates that share a mailbox call it, where there are several
 * @throws StartError where it says nothing that is known
 */
export async function openMail(
  { config: { mailUrl, mailFrom, limits }, sql, mailSeal, clock, log }: {
    config: Pick<Config, "mailUrl" | "mailFrom" | "limits">;
    sql: Sql;
    mailSeal: Seal;
    clock: Clock;
    log: Log;
  },
  shared?: string,
): Promise<OpenMail> {
  if (mailUrl === "mailbox:") {
    const mailbox = createMailbox(clock, shared);
    return opened(createDirectPost(mailbox), mailbox);
  }
  const server = parseSmtpUrl(mailUrl);
  if (server === undefined || mailFrom === undefined) {
    throw new StartError("PARLEY_MAIL_URL and PARLEY_MAIL_FROM do not say how mail leaves");
  }
  // It is large, and whoever only looks at mails has no use for it.
  const { createSmtpMailer } = await import("./smtp.ts");
  const mailer = createSmtpMailer({ server, from: mailFrom });
  const perMinute = limits ? PER_MINUTE : Infinity;
  const parts = { sql, seal: mailSeal, mailer, timers: realTimers, log, perMinute };
  return opened(startMailQueue(parts), undefined);
}

function opened(post: Post, mailbox: Mailbox | undefined): OpenMail {
  return { post, mailbox, [Symbol.asyncDispose]: () => post[Symbol.asyncDispose]() };
}
