/**
 * Structured logging: one JSON object a line for machines, one short line for a developer. Secrets
 * are taken out here, whoever logs what (redaction.ts).
 */
import { redact } from "./redaction.ts";

type Fields = Record<string, unknown>;

/** From the most talkative to the quietest. */
export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export type Log = { readonly [Level in LogLevel]: (event: string, fields?: Fields) => void };

export type LogFormat = "json" | "text";

/** @param level what is less important is left out */
export function createLog(
  format: LogFormat,
  level: LogLevel = "info",
  write: (line: string) => void = writeToStderr,
): Log {
  const least = LOG_LEVELS.indexOf(level);
  const at = (level: LogLevel) => (event: string, fields: Fields = {}) => {
    if (LOG_LEVELS.indexOf(level) < least) return;
    const plain = redact(fields);
    const time = new Date().toISOString();
    write(
      format === "json"
        ? JSON.stringify({ time, level, event, ...plain })
        : `${time.slice(11, 19)} ${level.padEnd(5)} ${event}${pairs(plain)}`,
    );
  };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

/** The same log, whose every line says `fields` as well. */
export function withFields(log: Log, fields: Fields): Log {
  const also = (level: LogLevel) => (event: string, more?: Fields) =>
    log[level](event, { ...fields, ...more });
  return { debug: also("debug"), info: also("info"), warn: also("warn"), error: also("error") };
}

function pairs(fields: Fields): string {
  return Object.entries(fields)
    .map(([key, value]) => ` ${key}=${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join("");
}

function writeToStderr(line: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(line + "\n"));
}
