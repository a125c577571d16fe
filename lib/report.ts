import { type BusConfig, type Config, type FilesConfig, ROLES, usesBus, usesKv } from "./config.ts";
import { parseSmtpUrl } from "./smtp_url.ts";

/** What a person sees when the server has started: where it is, and what each part runs on. */
export function startReport(
  config: Config,
  facts: {
    version: string;
    port: number;
    database: string;
    mailbox: boolean;
    /** That this machine's clock is off, if it is. */
    clock: string | undefined;
    /** Names of those that share the port, if there are several. */
    isolates?: readonly string[];
  },
): string {
  const { host, dataDir, kvPath, bus, mailUrl, limits, roles, statusUrls, verifyUrls } = config;
  const shownHost = host === "0.0.0.0" || host === "::"
    ? "localhost"
    : host.includes(":")
    ? `[${host}]`
    : host;
  const address = `http://${shownHost}:${facts.port}`;
  const embedded = config.database.kind === "embedded";
  const all = roles.size === ROLES.length;
  const rows: (readonly [string, string] | undefined)[] = [
    [roles.has("gate") ? "page" : "address", address],
    facts.mailbox ? ["mailbox", `${address}/dev/mailbox`] : undefined,
    undefined,
    ...(all ? [] : [["roles", [...roles].join(", ")] as const]),
    ...(statusUrls.length > 0 ? [["status", `at ${statusUrls.join(", ")}`] as const] : []),
    ...(verifyUrls.length > 0 ? [["verify", `at ${verifyUrls.join(", ")}`] as const] : []),
    ["database", facts.database + (embedded ? ` in ${dataDir}/postgres` : "")],
    ...(usesKv(config)
      ? [["key-value", kvPath === ":memory:" ? "in memory" : `SQLite in ${kvPath}`] as const]
      : []),
    ...(usesBus(config) ? [["bus", busOf(bus)] as const] : []),
    ...(roles.has("gate") ? [["files", filesOf(config.files)] as const] : []),
    ...(roles.has("verify") ? [["mail", mailOf(mailUrl)] as const] : []),
    ...(facts.isolates === undefined
      ? []
      : [["isolates", `${facts.isolates[0]} to ${facts.isolates.at(-1)}`] as const]),
    ...(facts.clock === undefined ? [] : [["clock", facts.clock] as const]),
    ...(limits ? [] : [["limits", "OFF: rate limits are lifted; for load tests only"] as const]),
  ];
  const lines = rows.map((row) => row === undefined ? "" : `  ${row[0].padEnd(11)}${row[1]}`);
  return `\n  Parley ${facts.version}\n\n${lines.join("\n")}\n`;
}

function busOf(bus: BusConfig): string {
  return bus.kind === "nats"
    ? `NATS at ${bus.servers.join(", ")}`
    : "broadcast: (the isolates of this process)";
}

/** Without the keys, which belong on no screen. */
function filesOf(files: FilesConfig): string {
  return files.kind === "disk"
    ? `in ${files.directory}`
    : `S3 bucket ${files.bucket} at ${files.endpoint}`;
}

function mailOf(url: string): string {
  if (url === "mailbox:") return "kept in memory, shown in the mailbox, sent to nobody";
  const server = parseSmtpUrl(url);
  if (server === undefined) return "nowhere";
  // Without the name and the password, which belong on no screen.
  const host = server.host.includes(":") ? `[${server.host}]` : server.host;
  const tls = server.requireTls ? "with TLS" : "with TLS if the server has it";
  return `SMTP at ${host}:${server.port}, ${tls}`;
}
