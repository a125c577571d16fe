import { Hono } from "hono";
import { html } from "hono/html";
import { AppError } from "../lib/errors.ts";
import type { KeptMail, Mailbox } from "../verify/mail/mailbox.ts";
import type { Env } from "./context.ts";

const LOOPBACK_NAMES = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;
const LOOPBACK_ADDRESSES = /^(127\.\d+\.\d+\.\d+|::1|::ffff:127\.\d+\.\d+\.\d+)$/;
const PROXY_HEADERS = ["x-forwarded-for", "forwarded", "via", "x-real-ip"];

/**
 * The mails that were kept instead of sent, with their codes: only for someone at this machine.
 * `Host` is checked as well, or a foreign page could reach in by a name that points to loopback.
 */
export function devMailbox(mailbox: Mailbox) {
  return new Hono<Env>()
    .get("/mailbox.css", (c) => c.body(STYLE, 200, { "content-type": "text/css" }))
    .get("/mailbox", (c) => {
      const address = c.env.incoming.socket.remoteAddress ?? "";
      const near = LOOPBACK_ADDRESSES.test(address) &&
        LOOPBACK_NAMES.test(c.req.header("host") ?? "") &&
        PROXY_HEADERS.every((name) => c.req.header(name) === undefined);
      if (!near) throw new AppError("not-found", "there is nothing at this address");
      const mails = mailbox.mails(c.req.query("to"));
      if (!c.req.header("accept")?.includes("text/html")) return c.json({ mails });
      return c.html(mailboxPage(mails));
    });
}

function mailboxPage(mails: readonly KeptMail[]) {
  const articles = mails.map((mail) =>
    html`
      <article>
        <h2>${mail.subject}</h2>
        <p>to ${mail.to}, <time>${mail.at}</time></p>
        <pre>${mail.text}</pre>
      </article>
    `
  );
  return html`
    <!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width">
        <meta http-equiv="refresh" content="3">
        <title>Mailbox · Parley</title>
        <link rel="stylesheet" href="/dev/mailbox.css">
      </head>
      <body>
        <h1>Mailbox</h1>
        <p>Nothing is sent from here: these are the mails that would have been, newest first.</p>
        ${articles}
        </body>
    </html>
  `;
}

/** Served beside the mailbox: the content policy allows no styles inside a page. */
const STYLE = `
:root { color-scheme: light dark; font: 16px/1.55 system-ui, sans-serif; }
body { max-width: 40rem; margin: 3rem auto; padding: 0 1rem; }
h1 { font-size: 1.25rem; }
h2 { font-size: 1rem; margin: 0; }
p { margin: 0.25rem 0; opacity: 0.7; }
article { border-top: 1px solid color-mix(in srgb, currentColor 20%, transparent); padding: 1rem 0; }
pre { font: inherit; white-space: pre-wrap; margin: 0.5rem 0 0; }
`;
