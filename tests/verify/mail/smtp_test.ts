import assert from "node:assert/strict";
import { newId } from "../../../lib/ids.ts";
import { parseSmtpUrl } from "../../../lib/smtp_url.ts";
import { codeMail } from "../../../verify/mail/compose.ts";
import { type Mail, type Mailer, MailRefused } from "../../../verify/mail/mailer.ts";
import { createSmtpMailer, SMTP_TIMES } from "../../../verify/mail/smtp.ts";
import { within } from "../../support/deadline.ts";
import { type Certificate, findOpenssl, makeCertificate } from "../../support/certificate.ts";
import { refusal, type SmtpServer, startSmtpServer } from "../../support/smtp_server.ts";

const FROM = "parley@example.org";
const code = { purpose: "register", code: "271828", minutes: 10 } as const;
const mail: Mail = codeMail({ to: "ann@example.org", language: "en" }, code);

const hasOpenssl = await findOpenssl();
let certificate: Promise<Certificate> | undefined;
const certified = () => certificate ??= makeCertificate();

function mailerFor(
  { port }: Pick<SmtpServer, "port">,
  { url = `smtp://127.0.0.1:${port}`, ca, times = {} }: {
    url?: string;
    ca?: string;
    times?: Partial<typeof SMTP_TIMES>;
  } = {},
): Mailer {
  const server = parseSmtpUrl(url);
  assert.ok(server !== undefined, url);
  const all = { ...SMTP_TIMES, ...times };
  return createSmtpMailer({ server, from: FROM, times: all, ...(ca !== undefined && { ca }) });
}

function test(name: string, run: () => Promise<void>, ignore = false): void {
  // nodemailer lets a socket that it has ended close by itself.
  Deno.test({ name, ignore, sanitizeOps: false, sanitizeResources: false, fn: run });
}

test("createSmtpMailer hands over what the mail says, from the sender's address, and as nobody's to answer", async () => {
  await using server = await startSmtpServer();
  await using mailer = mailerFor(server);
  const id = newId();
  const chinese = codeMail({ to: "ben@example.org", language: "zh-CN" }, code);
  await mailer.send(mail, id);
  await mailer.send(chinese, newId());
  const [first, second] = server.received;
  assert.ok(first !== undefined && second !== undefined);
  assert.deepEqual([first.from, first.to], [FROM, ["ann@example.org"]]);
  const { email } = first;
  assert.deepEqual(email.from, { address: FROM, name: "Parley" });
  assert.deepEqual(email.to?.map(({ address }) => address), ["ann@example.org"]);
  assert.equal(email.subject, "271828 is your Parley code");
  assert.equal(email.messageId, `<${id}@example.org>`);
  assert.ok(Math.abs(Date.parse(email.date ?? "") - Date.now()) < 60_000);
  const header = (name: string) => email.headers.find(({ key }) => key === name)?.value;
  assert.equal(header("auto-submitted"), "auto-generated");
  assert.equal(email.text?.trim(), mail.text.trim());
  assert.equal(email.html?.trim(), mail.html.trim());
  assert.equal(second.email.subject, "271828 是你的 Parley 验证码");
  assert.equal(second.email.html?.trim(), chinese.html.trim());
  assert.equal(server.connections, 1, "the connection is kept");
});

test(
  "createSmtpMailer signs in over STARTTLS and over TLS from the first byte, with what the URL says percent-decoded",
  async () => {
    const { key, cert } = await certified();
    for (const secure of [false, true]) {
      await using server = await startSmtpServer({ certificate: { key, cert }, secure });
      const url =
        `smtp${secure ? "s" : ""}://ann%40example.org:p%25%3A%2F@127.0.0.1:${server.port}` +
        (secure ? "" : "?tls=required");
      await using mailer = mailerFor(server, { url, ca: cert });
      await mailer.send(mail, newId());
      assert.deepEqual(server.logins, ["ann@example.org:p%:/"]);
      assert.deepEqual(server.received.map((each) => each.secure), [true]);
    }
  },
  !hasOpenssl,
);

test(
  "createSmtpMailer says nothing without TLS where that is required, nor to a server with another certificate",
  async () => {
    await using plain = await startSmtpServer();
    await using required = mailerFor(plain, {
      url: `smtp://ann:secret@127.0.0.1:${plain.port}?tls=required`,
    });
    await assert.rejects(required.send(mail, newId()), /STARTTLS|ETLS/);
    assert.deepEqual([plain.logins, plain.received], [[], []]);

    const { key, cert } = await certified();
    await using other = await startSmtpServer({ certificate: { key, cert } });
    await using distrusting = mailerFor(other, {
      url: `smtp://ann:secret@127.0.0.1:${other.port}?tls=required`,
    });
    await assert.rejects(distrusting.send(mail, newId()), (error) => {
      assert.ok(error instanceof Error && !(error instanceof MailRefused));
      assert.match(error.message, /certificate/i);
      return true;
    });
    assert.deepEqual([other.logins, other.received], [[], []]);

    // On loopback TLS is taken where it is offered.
    await using optional = mailerFor(other);
    await optional.send(mail, newId());
    assert.deepEqual(other.received.map((each) => each.secure), [true]);
  },
  !hasOpenssl,
);

test("createSmtpMailer tells what is refused for good from what may work later, and names no address", async () => {
  let next: Error | undefined;
  let sender: Error | undefined;
  const step = (_: unknown, __: unknown, done: (error?: Error) => void) => done(next);
  await using server = await startSmtpServer({
    onRcptTo: step,
    onMailFrom: (_, __, done) => done(sender),
    answer: ({ raw }) =>
      raw.includes("ben@")
        ? Promise.reject(refusal(554, "5.6.0 not a mail"))
        : raw.includes("cem@")
        ? Promise.reject(refusal(550, "5.7.26 no signature"))
        : Promise.resolve(),
  });
  await using mailer = mailerFor(server);
  const fails = async (each: Mail) => {
    try {
      await mailer.send(each, newId());
    } catch (error) {
      assert.ok(error instanceof Error);
      assert.ok(!error.message.includes("@"), error.message);
      return [error instanceof MailRefused, error.message];
    }
    return [];
  };
  next = refusal(550, "5.1.1 <ann@example.org>: unknown");
  assert.deepEqual(await fails(mail), [true, "EENVELOPE 550 5.1.1 <…>: unknown"]);
  next = refusal(450, "4.2.0 <ann@example.org>: greylisted");
  assert.deepEqual(await fails(mail), [false, "EENVELOPE 450 4.2.0 <…>: greylisted"]);
  next = undefined;
  assert.deepEqual(await fails({ ...mail, to: "ben@example.org" }), [
    true,
    "EMESSAGE 554 5.6.0 not a mail",
  ]);
  // The sender's address, or the server's own: that is nothing about the mail.
  for (const refused of [550, 553, 554]) {
    sender = refusal(refused, "5.7.1 <parley@example.org>: not allowed");
    assert.deepEqual(await fails(mail), [false, `EENVELOPE ${refused} 5.7.1 <…>: not allowed`]);
  }
  sender = undefined;
  // Many servers say so only later.
  next = refusal(553, "5.1.8 <parley@example.org>: no such domain");
  assert.deepEqual(await fails(mail), [false, "EENVELOPE 553 5.1.8 <…>: no such domain"]);
  next = undefined;
  assert.deepEqual(await fails({ ...mail, to: "cem@example.org" }), [
    false,
    "EMESSAGE 550 5.7.26 no signature",
  ]);
  assert.deepEqual(await fails(mail), []);
  await using stranger = mailerFor(server, { url: `smtp://ann:wrong@127.0.0.1:${server.port}` });
  // That is the operator's to mend: the mail is as good as before.
  await assert.rejects(stranger.send(mail, newId()), (error) => {
    return error instanceof Error && !(error instanceof MailRefused) &&
      /^EAUTH/.test(error.message);
  });
});

test("createSmtpMailer gives up a server that is silent, at whatever step, that closes, or that is not there", async () => {
  const never = () => {};
  const times = { connect: 300, greeting: 300, answer: 300, all: 1_000 };
  const servers: [string, Parameters<typeof startSmtpServer>[0]][] = [
    ["no greeting", { onConnect: never }],
    ["no answer to the recipient", { onRcptTo: never }],
    ["no answer to the mail", { answer: () => new Promise(() => {}) }],
    ["421 and closed", { onMailFrom: (_, __, done) => done(refusal(421, "closing")) }],
  ];
  for (const [what, options] of servers) {
    await using server = await startSmtpServer(options);
    await using mailer = mailerFor(server, { times });
    await assert.rejects(
      within(mailer.send(mail, newId()), `giving up: ${what}`),
      (error) => error instanceof Error && !(error instanceof MailRefused),
      what,
    );
    assert.deepEqual(server.received, [], what);
  }
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const closing = (async () => {
    for await (const connection of listener) connection.close();
  })();
  await using cut = mailerFor({ port: listener.addr.port }, { times });
  await assert.rejects(within(cut.send(mail, newId()), "giving up who closes"));
  listener.close();
  await closing;
  await assert.rejects(within(cut.send(mail, newId()), "giving up who is not there"));
});

test("createSmtpMailer gives up a server that answers so slowly that no single answer is late", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const dripping = (async () => {
    for await (const connection of listener) {
      const say = async () => {
        await connection.write(new TextEncoder().encode("220-and so on\r\n"));
      };
      const timer = setInterval(() => void say().catch(() => clearInterval(timer)), 50);
    }
  })();
  const times = { connect: 5_000, greeting: 5_000, answer: 5_000, all: 500 };
  await using mailer = mailerFor({ port: listener.addr.port }, { times });
  await assert.rejects(within(mailer.send(mail, newId()), "giving up", 3_000), /EABORT|abort/i);
  listener.close();
  await dripping;
});

test("createSmtpMailer sends nothing whose address or subject has a line break in it, or whose address is several", async () => {
  await using server = await startSmtpServer();
  await using mailer = mailerFor(server);
  const bcc = "\r\nBcc: eve@example.org";
  const wrong: Partial<Mail>[] = [
    { to: `ann@example.org${bcc}` },
    { to: "ann@example.org\0" },
    { to: "ann@example.org, eve@example.org" },
    { to: "Ann <ann@example.org>" },
    { subject: `hello${bcc}` },
    { subject: "a\nb" },
  ];
  for (const change of wrong) {
    await assert.rejects(mailer.send({ ...mail, ...change }, newId()), /line break|one address/);
  }
  assert.deepEqual([server.connections, server.received], [0, []]);
});
