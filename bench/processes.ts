/** What processes used, as Linux counts it (proc_pid_stat(5)). */

export type Usage = {
  /** Milliseconds of `performance.now()` when this was read. */
  at: number;
  /** Milliseconds of CPU, user and system, since the process began. */
  cpu: number;
  residentBytes: number;
};

/** The kernel's clock ticks a second: 100 on every Linux that Deno runs on (sysconf(3)). */
const TICK = 1000 / 100;
const PAGE = 4096;

type Stat = { pid: number; parent: number; own: number; reaped: number; pages: number };

/** Of a process and of its children, the dead ones included. */
export function usageOf(pid: number): Usage {
  const all = readAll();
  const family = new Set([pid]);
  for (let before = 0; before !== family.size;) {
    before = family.size;
    for (const { pid, parent } of all) {
      if (family.has(parent)) family.add(pid);
    }
  }
  let cpu = 0;
  let pages = 0;
  for (const stat of all) {
    if (!family.has(stat.pid)) continue;
    cpu += (stat.own + stat.reaped) * TICK;
    pages += stat.pages;
  }
  return { at: performance.now(), cpu, residentBytes: pages * PAGE };
}

function readAll(): Stat[] {
  const found: Stat[] = [];
  for (const { name } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      found.push(parse(Deno.readTextFileSync(`/proc/${name}/stat`)));
    } catch {
      // It ended meanwhile.
    }
  }
  return found;
}

/** The command's name is in brackets and may hold anything; the fields begin behind it. */
function parse(text: string): Stat {
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ").map(Number);
  const field = (number: number) => fields[number - 3] ?? 0;
  return {
    pid: parseInt(text),
    parent: field(4),
    own: field(14) + field(15),
    reaped: field(16) + field(17),
    pages: field(24),
  };
}
