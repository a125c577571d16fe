/**
 * What the servers of all tests log, at its most talkative, in one folder: at the end of the whole run
 * `tests/log_report.ts` looks for secrets in it.
 */
import { createLog, type Log } from "../../lib/log.ts";

export const SUITE_LOGS = new URL("../../node_modules/.cache/logs/", import.meta.url);

const file = new URL(`${crypto.randomUUID()}.log`, SUITE_LOGS);

/** Opened for each line: a file that stays open would be some test's leak. */
export function keepLine(line: string): void {
  Deno.mkdirSync(SUITE_LOGS, { recursive: true });
  Deno.writeTextFileSync(file, line + "\n", { append: true });
}

export const suiteLog: Log = createLog("json", "debug", keepLine);
