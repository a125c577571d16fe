import { credentialsOf, isThisMachine } from "./url_parts.ts";

/** Where mails are handed over, as `PARLEY_MAIL_URL` says it. */
export type SmtpServer = {
  host: string;
  port: number;
  /** TLS from the first byte. */
  secure: boolean;
  /** Whether nothing is said without TLS. */
  requireTls: boolean;
  user: string | undefined;
  password: string | undefined;
};

/** RFC 8314: submission, and the same with TLS from the first byte. */
const PORTS = { "smtp:": 587, "smtps:": 465 } as const;

/** Undefined for what is no such address. */
export function parseSmtpUrl(value: string): SmtpServer | undefined {
  const url = /^smtps?:\/\/\S+$/.test(value) ? URL.parse(value) : null;
  if (url === null || url.hostname === "" || !/^\/?$/.test(url.pathname) || url.hash !== "") {
    return undefined;
  }
  const asked = [...url.searchParams];
  if (asked.some(([name, wish]) => name !== "tls" || !/^(required|optional)$/.test(wish))) {
    return undefined;
  }
  const { name: user, password } = credentialsOf(url) ?? {};
  if (user === undefined || password === undefined || (user === "") !== (password === "")) {
    return undefined;
  }
  const secure = url.protocol === "smtps:";
  const tls = url.searchParams.get("tls");
  if (asked.length > 1 || (secure && tls === "optional")) return undefined;
  // An IPv6 address is written in brackets, and connected to without.
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  return {
    host,
    port: url.port === "" ? PORTS[secure ? "smtps:" : "smtp:"] : Number(url.port),
    secure,
    requireTls: secure || tls === "required" || (tls === null && !isThisMachine(url)),
    user: user === "" ? undefined : user,
    password: password === "" ? undefined : password,
  };
}
