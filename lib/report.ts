import type { Config } from "./config.ts";

/** What a person sees when the server has started: where it is, and what each part runs on. */
export function startReport(
  config: Config,
  facts: {
    version: string;
    port: number;
    database: string;
    mailbox: boolean;
    /** Names of those that share the port, if there are several. */
    isolates?: readonly string[];
  },
): string {
  const { host, dataDir, kvPath, bus, mailUrl, limits } = config;
  const shownHost = host === "0.0.0.0" || host === "::"
    ? "localhost"
    : host.includes(":")
    ? `[${host}]`
    : host;
  const address = `http://${shownHost}:${facts.port}`;
  const embedded = config.database.kind === "embedded";
  const rows: (readonly [string, string] | undefined)[] = [
    ["page", address],
    facts.mailbox ? ["mailbox", `${address}/dev/mailbox`] : undefined,
    undefined,
    ["database", facts.database + (embedded ? ` in ${dataDir}/postgres` : "")],
    ["key-value", kvPath === ":memory:" ? "in memory" : `SQLite in ${kvPath}`],
    [
      "bus",
      bus.kind === "nats"
        ? `NATS at ${bus.servers.join(", ")}`
        : "broadcast: (the isolates of this process)",
    ],
    [
      "mail",
      mailUrl === "mailbox:" ? "kept in memory, shown in the mailbox, sent to nobody" : mailUrl,
    ],
    ...(facts.isolates === undefined
      ? []
      : [["isolates", `${facts.isolates[0]} to ${facts.isolates.at(-1)}`] as const]),
    ...(limits ? [] : [["limits", "OFF: rate limits are lifted; for load tests only"] as const]),
  ];
  const lines = rows.map((row) => row === undefined ? "" : `  ${row[0].padEnd(11)}${row[1]}`);
  return `\n  Parley ${facts.version}\n\n${lines.join("\n")}\n`;
}
