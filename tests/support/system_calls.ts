/** What a process asks the operating system to do, as `strace` writes it down. */

export type SystemCall = {
  name: string;
  /** The file or socket of the first argument, as `strace -yy` names it. */
  target: string;
  arguments: string;
  /** Lines of the trace at which it began and ended. */
  began: number;
  ended: number;
  result: number;
};

export function findStrace(): string | undefined {
  try {
    Deno.statSync("/usr/bin/strace");
    return "/usr/bin/strace";
  } catch {
    return undefined;
  }
}

/** To be put before a command. The traced process stays the one that was started (-D). */
export function straceCommand(strace: string, file: string, calls: readonly string[]): string[] {
  return [strace, "-D", "-f", "-yy", "-s", "200", "-o", file, "-e", `trace=${calls.join()}`];
}

/** @returns calls in the order in which they began */
export function parseTrace(trace: string): SystemCall[] {
  const calls: SystemCall[] = [];
  const unfinished = new Map<string, SystemCall>();
  trace.split("\n").forEach((line, number) => {
    const begun = /^(\d+) +(\w+)\((?:\d+<(.*?)>(?=[,) ]))?(.*)$/.exec(line);
    if (begun !== null) {
      const [, thread = "", name = "", target = "", rest = ""] = begun;
      const call = { name, target, arguments: rest, began: number, ended: Infinity, result: NaN };
      calls.push(call);
      if (rest.endsWith("<unfinished ...>")) unfinished.set(thread, call);
      else finish(call, number, rest);
      return;
    }
    const [, thread = "", rest = ""] = /^(\d+) +<\.\.\. \w+ resumed>(.*)$/.exec(line) ?? [];
    const call = unfinished.get(thread);
    unfinished.delete(thread);
    if (call !== undefined) finish(call, number, rest);
  });
  return calls;
}

function finish(call: SystemCall, line: number, rest: string): void {
  call.ended = line;
  call.result = Number(/ = (-?\d+)[^=]*$/.exec(rest)?.[1]);
}
