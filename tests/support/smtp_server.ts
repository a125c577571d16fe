/** A mail server on loopback, which does with each mail what the test says. */
import type { Certificate } from "./certificate.ts";
import PostalMime, { type Email } from "postal-mime";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";

export type Received = {
  from: string;
  to: string[];
  /** As it came. */
  raw: string;
  email: Email;
  /** Whether it came over TLS. */
  secure: boolean;
};

export interface SmtpServer extends AsyncDisposable {
  readonly port: number;
  readonly received: readonly Received[];
  /** Names and passwords that were given, in order. */
  readonly logins: readonly string[];
  /** Connections so far. */
  readonly connections: number;
}

/** An answer other than "yes", such as 451 or 550. */
export function refusal(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode });
}

/** @param answer to a mail whose whole text has come: rejects with a `refusal`, or hangs */
export async function startSmtpServer({ certificate, secure = false, answer, ...options }: {
  /** Without one there is no TLS. */
  certificate?: Certificate;
  /** TLS from the first byte. */
  secure?: boolean;
  answer?: (mail: Received) => Promise<void>;
} & Pick<SMTPServerOptions, "onConnect" | "onRcptTo" | "onMailFrom"> = {}): Promise<SmtpServer> {
  const received: Received[] = [];
  const logins: string[] = [];
  let connections = 0;
  const server = new SMTPServer({
    name: "mail.test",
    ...certificate,
    secure,
    authOptional: true,
    // Nothing is looked up: the tests leave loopback alone.
    disableReverseLookup: true,
    ...(certificate === undefined && { disabledCommands: ["STARTTLS"], allowInsecureAuth: true }),
    closeTimeout: 200,
    onAuth: ({ username = "", password = "" }, _session, done) => {
      logins.push(`${username}:${password}`);
      if (password === "wrong") done(refusal(535, "5.7.8 wrong"));
      else done(null, { user: username });
    },
    onData: (stream, session, done) => {
      const chunks: Uint8Array[] = [];
      stream.on("data", (chunk: Uint8Array) => void chunks.push(chunk));
      stream.on("end", async () => {
        try {
          const raw = await new Blob(chunks.map((chunk) => new Uint8Array(chunk))).text();
          const { mailFrom, rcptTo } = session.envelope;
          const mail = {
            from: mailFrom === false ? "" : mailFrom.address,
            to: rcptTo.map(({ address }) => address),
            raw,
            email: await PostalMime.parse(raw),
            secure: session.secure,
          };
          await answer?.(mail);
          received.push(mail);
          done();
        } catch (error) {
          done(error instanceof Error ? error : new Error(String(error)));
        }
      });
    },
    ...options,
  });
  server.server.on("connection", () => void connections++);
  // Whoever breaks a connection off does it on purpose here.
  server.on("error", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  const address = server.server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    port: address.port,
    received,
    logins,
    get connections() {
      return connections;
    },
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}
