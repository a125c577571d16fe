import { spawn } from "node:child_process";

export type Bounded = {
  code: number;
  /** What ended it, where it did not end by itself. */
  signal: string | null;
  stdout: string;
  stderr: string;
  /** It did not end in time, and was ended with all that it had started. */
  hung: boolean;
};

/** Milliseconds in which what was written last comes, once who wrote it has ended. */
const LAST_WORDS = 1_000;

/** Those that run: they are no part of the terminal's own group. */
const groups = new Set<number>();

/** For who is told to end: nothing that was begun goes on. */
export function endAll(): void {
  for (const pid of groups) endGroup(pid);
}

function endGroup(pid: number): void {
  try {
    Deno.kill(-pid, "SIGKILL");
  } catch {
    // Nobody is left in it.
  }
}

/**
 * Runs a program and whatever it starts, for so long and no longer. In a process group of its own: a
 * server that it left behind would go on, and hold the ends of the streams that are read here.
 */
export async function runBounded(
  program: string,
  args: readonly string[],
  { within, ...options }: { within: number; cwd: URL; env: Record<string, string> },
): Promise<Bounded> {
  const child = spawn(program, [...args], {
    cwd: options.cwd,
    env: { ...Deno.env.toObject(), ...options.env },
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const { pid } = child;
  if (pid !== undefined) groups.add(pid);
  const endIt = () => pid !== undefined && endGroup(pid);
  const written = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => written[name] += text);
  }
  const { promise: ended, resolve: end } = Promise.withResolvers<[number, string | null]>();
  const { promise: read, resolve: close } = Promise.withResolvers<void>();
  child.on("exit", (code, signal) => end([code ?? 1, signal]));
  child.on("error", (error) => {
    written.stderr += error.message;
    end([1, null]);
    close();
  });
  child.on("close", () => close());
  let hung = false;
  const timer = setTimeout(() => {
    hung = true;
    endIt();
  }, within);
  const [code, signal] = await ended;
  clearTimeout(timer);
  const silence = setTimeout(endIt, LAST_WORDS);
  await read;
  clearTimeout(silence);
  if (pid !== undefined) groups.delete(pid);
  return { code, signal, ...written, hung };
}
