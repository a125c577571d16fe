import assert from "node:assert/strict";
import { createLog, LOG_LEVELS, withFields } from "../../lib/log.ts";

function collect(level: (typeof LOG_LEVELS)[number], format: "json" | "text" = "json") {
  const lines: string[] = [];
  return { lines, log: createLog(format, level, (line) => lines.push(line)) };
}

Deno.test("createLog leaves out what is less important than its level", () => {
  for (const [n, level] of LOG_LEVELS.entries()) {
    const { lines, log } = collect(level);
    for (const each of LOG_LEVELS) log[each]("something.happened");
    assert.deepEqual(lines.map((line) => JSON.parse(line).level), LOG_LEVELS.slice(n));
  }
});

Deno.test("createLog writes one JSON object a line, also where a text has several", () => {
  const { lines, log } = collect("info");
  log.warn("something.failed", { error: new Error("two\nlines"), count: 3, nothing: undefined });
  assert.equal(lines.length, 1);
  assert.ok(!lines[0]?.includes("\n"));
  const { time, error, ...rest } = JSON.parse(lines[0] ?? "");
  assert.match(time, /^\d{4}-.*Z$/);
  assert.match(error, /^Error: two\nlines\n +at /);
  assert.deepEqual(rest, { level: "warn", event: "something.failed", count: 3 });
});

Deno.test("createLog writes a short line for a developer", () => {
  const { lines, log } = collect("info", "text");
  log.info("isolate.started", { isolate: "a.1", tries: 2 });
  assert.match(lines[0] ?? "", /^\d\d:\d\d:\d\d info {2}isolate\.started isolate=a\.1 tries=2$/);
});

Deno.test("createLog takes secrets out in both formats, and what is added to every line too", () => {
  for (const format of ["json", "text"] as const) {
    const { lines, log } = collect("debug", format);
    withFields(log, { token: "planted-secret" }).debug("request", { password: "planted-secret" });
    assert.equal(lines.length, 1);
    assert.doesNotMatch(lines.join(), /planted/);
  }
});
