/** Structured logging: one JSON object a line for machines, one short line for a developer. */

type Fields = Record<string, unknown>;

export interface Log {
  info(event: string, fields?: Fields): void;
  warn(event: string, fields?: Fields): void;
  error(event: string, fields?: Fields): void;
}

export type LogFormat = "json" | "text";

export function createLog(
  format: LogFormat,
  write: (line: string) => void = writeToStderr,
): Log {
  const line = (level: string, event: string, fields: Fields) => {
    const plain = Object.fromEntries(Object.entries(fields).map(([k, v]) => [k, printable(v)]));
    const time = new Date().toISOString();
    write(
      format === "json"
        ? JSON.stringify({ time, level, event, ...plain })
        : `${time.slice(11, 19)} ${level.padEnd(5)} ${event}${pairs(plain)}`,
    );
  };
  return {
    info: (event, fields = {}) => line("info", event, fields),
    warn: (event, fields = {}) => line("warn", event, fields),
    error: (event, fields = {}) => line("error", event, fields),
  };
}

/** The same log, whose every line says `fields` as well. */
export function withFields(log: Log, fields: Fields): Log {
  return {
    info: (event, more) => log.info(event, { ...fields, ...more }),
    warn: (event, more) => log.warn(event, { ...fields, ...more }),
    error: (event, more) => log.error(event, { ...fields, ...more }),
  };
}

function printable(value: unknown): unknown {
  return value instanceof Error ? value.stack ?? value.message : value;
}

function pairs(fields: Fields): string {
  return Object.entries(fields)
    .map(([key, value]) => ` ${key}=${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join("");
}

function writeToStderr(line: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(line + "\n"));
}
