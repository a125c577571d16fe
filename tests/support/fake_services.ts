import type { Appended, Appender, Submission } from "../../chat/appender.ts";
import type { Services } from "../../chat/handlers/handler.ts";
import type { Clock } from "../../lib/clock.ts";
import type { Log, LogLevel } from "../../lib/log.ts";
import { newId } from "../../lib/ids.ts";
import type { ChatStore } from "../../lib/sql/chat_store.ts";
import type { Status } from "../../status/service.ts";
import { suiteLog } from "./suite_log.ts";

/** What a handler needs that asks no database: the appender is the test's. */
export function createFakeServices(clock: Clock, append: Appender["append"]): Services {
  return {
    // Whoever asks it all the same fails at once, which a test notices.
    store: undefined as unknown as ChatStore,
    clock,
    appender: { append, change: () => Promise.reject(new Error("nothing is changed here")) },
    receipts: { move: () => Promise.resolve() },
    typists: { type: () => Promise.resolve() },
    presence: { watch: () => Promise.resolve([]), set: () => {} },
  };
}

/** Appends to nothing: numbers the submissions and remembers them. */
export function createFakeAppend(): Appender["append"] & { submissions: Submission[] } {
  const submissions: Submission[] = [];
  const append = (submission: Submission): Promise<Appended> => {
    const seq = submissions.push(submission);
    const at = "2026-01-02T03:04:05.678Z";
    return Promise.resolve({ id: newId(), seq, rev: seq, at, duplicate: false });
  };
  return Object.assign(append, { submissions });
}

/** A log that remembers its entries as text, but for the least important ones. */
export function createFakeLog(): Log & { lines: string[] } {
  const lines: string[] = [];
  const remember = (level: LogLevel) => (event: string, fields: Record<string, unknown> = {}) => {
    suiteLog[level](event, fields);
    lines.push(`${event} ${Object.values(fields).map(String).join(" ")}`);
  };
  const { debug } = suiteLog;
  const [info, warn, error] = [remember("info"), remember("warn"), remember("error")];
  return { lines, debug, info, warn, error };
}

/** Where nobody is asked who is there: everyone's presence is unknown, and there is no other node. */
export function createNoStatus(others: readonly string[] = []): Status {
  const renewal = {
    lapsed: false,
    others: others.map((other) => ({ origin: other, node: other, epoch: "epoch" })),
  };
  return {
    nodes: {
      renew: () => Promise.resolve(renewal),
      leave: () => Promise.resolve(),
      pick: () => Promise.resolve(undefined),
    },
    presence: {
      read: (users) =>
        Promise.resolve(
          users.map((user) => ({ user, state: "unknown", lastSeenAt: null, version: "" })),
        ),
      write: () => Promise.resolve([]),
    },
  };
}
