import { createTransport } from "nodemailer";
import type { SmtpServer } from "../../lib/smtp_url.ts";
import { checkHeaders, type Mailer, MailRefused } from "./mailer.ts";

/**
 * Milliseconds: to connect, until the server greets, for each of its answers, and for all of it, which
 * is less than the time that the queue gives a mailer.
 */
export const SMTP_TIMES = { connect: 10_000, greeting: 10_000, answer: 20_000, all: 30_000 };

/** Connections that are kept, and mails after which one is made anew. */
const CONNECTIONS = 4;
const MAILS_EACH = 100;

/** What a mail comes from, besides the address. */
const SENDER = "Parley";

/** Hands mails to the mail server at `server`, over connections that are kept. */
export function createSmtpMailer({ server, from, ca, times = SMTP_TIMES }: {
  server: SmtpServer;
  /** An address. */
  from: string;
  /** Certificates to trust instead of the usual ones. */
  ca?: string;
  times?: typeof SMTP_TIMES;
}): Mailer {
  const { host, port, secure, requireTls, user, password } = server;
  const transport = createTransport({
    pool: true,
    maxConnections: CONNECTIONS,
    maxMessages: MAILS_EACH,
    // The queue tries again, and knows how often it did.
    maxRequeues: 0,
    host,
    port,
    secure,
    requireTLS: requireTls,
    tls: {
      minVersion: "TLSv1.2",
      // Whoever could show another certificate could as well leave out that there is TLS.
      rejectUnauthorized: requireTls,
      ...(ca !== undefined && { ca }),
    },
    ...(user !== undefined && { auth: { user, pass: password ?? "" } }),
    connectionTimeout: times.connect,
    greetingTimeout: times.greeting,
    socketTimeout: times.answer,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const domain = from.split("@").at(-1) ?? "localhost";
  return {
    send: async (mail, id) => {
      checkHeaders(mail);
      const { to, subject, text, html } = mail;
      try {
        await transport.sendMail({
          from: { name: SENDER, address: from },
          // Not a text that would be looked through for more addresses than one.
          to: { name: "", address: to },
          envelope: { from, to: [to] },
          subject,
          text,
          html,
          // The same for each try: whoever gets it twice can tell.
          messageId: `<${id}@${domain}>`,
          // RFC 3834: so that nobody's out-of-office answers it.
          headers: { "Auto-Submitted": "auto-generated" },
          signal: AbortSignal.timeout(times.all),
        });
      } catch (error) {
        throw failureOf(error);
      }
    },
    [Symbol.asyncDispose]: () => {
      transport.close({ force: true });
      return Promise.resolve();
    },
  };
}

/**
 * The commands whose refusal is about this mail. One of the sender is not, though nodemailer calls it by
 * the same name as one of the recipient: that is the operator's to mend, or that of who blocks the server.
 */
const ABOUT_MAIL = new Set(["RCPT TO", "DATA"]);
/**
 * What many servers say about the sender only there (RFC 3463: 5.1.7 and 5.1.8 are its address, 5.7 is
 * policy): an address that may not be used, a signature that is missing, a list that blocks the server.
 */
const ABOUT_SENDER = /^5\d\d[ -]5\.(?:1\.[78]|7\.\d+)\b/;

function failureOf(error: unknown): Error {
  const { code = "", command = "", responseCode = 0, response, message = String(error) } =
    error as Partial<
      { code: string; command: string; responseCode: number; response: string; message: string }
    >;
  // Bad order of commands says nothing about the mail; every other 5yz is for good (RFC 5321 4.2.1).
  const forGood = responseCode >= 500 && responseCode !== 503 && ABOUT_MAIL.has(command) &&
    !ABOUT_SENDER.test(response ?? "");
  const said = `${code} ${response ?? message}`.trim().replaceAll(
    /[^\s<>:,;"']{1,64}@[^\s<>:,;"']{1,255}/g,
    "…",
  )
    .replaceAll(/\p{Cc}+/gu, " ").slice(0, 300);
  return forGood ? new MailRefused(said) : new Error(said);
}
