/** How much memory a process takes, looked at every so often (Linux). */
export interface MemoryWatch extends Disposable {
  /** MiB: the most that was seen since the start, or since `reset`. */
  readonly peak: number;
  readonly samples: number;
}

const EVERY = 50;

/** MiB that a process has in memory now. */
export function residentOf(pid: number): number {
  const text = Deno.readTextFileSync(`/proc/${pid}/status`);
  const kibibytes = Number(/^VmRSS:\s+(\d+) kB$/m.exec(text)?.[1]);
  if (!(kibibytes > 0)) throw new Error(`the memory of the process ${pid} is not known`);
  return kibibytes / 1024;
}

export function watchMemory(pid: number): MemoryWatch {
  let peak = 0;
  let samples = 0;
  const timer = setInterval(() => {
    try {
      peak = Math.max(peak, residentOf(pid));
      samples++;
    } catch {
      // It has ended.
    }
  }, EVERY);
  return {
    get peak() {
      return peak;
    },
    get samples() {
      return samples;
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
}
