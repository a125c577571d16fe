/** Where the server's main thread spends its time, by V8's own sampling profiler. */
import * as z from "zod";

const Profile = z.object({
  nodes: z.array(z.object({
    id: z.number(),
    callFrame: z.object({ functionName: z.string(), url: z.string(), lineNumber: z.number() }),
    children: z.array(z.number()).optional(),
  })),
  samples: z.array(z.number()),
  /** Microseconds between two samples. */
  timeDeltas: z.array(z.number()),
});
type Profile = z.infer<typeof Profile>;

/** Microseconds between two looks. */
const INTERVAL = 200;

export interface Profiler {
  /** Ends the recording. The answer is a table, the costliest functions first. */
  stop(): Promise<string>;
}

/** Records from now on, through the inspector that a process has open on `port`. */
export async function startProfiler(port: number): Promise<Profiler> {
  const targets = await (await fetch(`http://127.0.0.1:${port}/json/list`)).json();
  const socket = new WebSocket(targets[0].webSocketDebuggerUrl);
  await new Promise((open) => socket.onopen = open);
  const waiting = new Map<number, (result: unknown) => void>();
  socket.onmessage = ({ data }) => {
    const { id, result } = JSON.parse(data);
    waiting.get(id)?.(result);
    waiting.delete(id);
  };
  let last = 0;
  const call = (method: string, params: object = {}): Promise<unknown> =>
    new Promise((resolve) => {
      waiting.set(++last, resolve);
      socket.send(JSON.stringify({ id: last, method, params }));
    });
  await call("Profiler.enable");
  await call("Profiler.setSamplingInterval", { interval: INTERVAL });
  await call("Profiler.start");
  return {
    stop: async () => {
      const { profile } = z.object({ profile: Profile }).parse(await call("Profiler.stop"));
      socket.close();
      return tableOf(profile);
    },
  };
}

const ROWS = 45;

function tableOf({ nodes, samples, timeDeltas }: Profile): string {
  const time = new Map<number, number>();
  samples.forEach((node, index) => {
    time.set(node, (time.get(node) ?? 0) + (timeDeltas[index] ?? 0));
  });
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const own = new Map<string, number>();
  const whole = new Map<string, number>();
  const add = (to: Map<string, number>, name: string, micros: number) =>
    to.set(name, (to.get(name) ?? 0) + micros);
  /** A function that calls itself is counted once. */
  const walk = (id: number, callers: ReadonlySet<string>): number => {
    const node = byId.get(id);
    if (node === undefined) return 0;
    const name = nameOf(node);
    let micros = time.get(id) ?? 0;
    add(own, name, micros);
    const below = new Set(callers).add(name);
    for (const child of node.children ?? []) micros += walk(child, below);
    if (!callers.has(name)) add(whole, name, micros);
    return micros;
  };
  const all = walk(nodes[0]?.id ?? 0, new Set());
  const percent = (micros: number) => (100 * micros / all).toFixed(1).padStart(7);
  const section = (by: Map<string, number>) =>
    [...by].sort((a, b) => b[1] - a[1]).slice(0, ROWS)
      .map(([name, micros]) => `${percent(micros)}${percent(whole.get(name) ?? 0)}  ${name}`);
  return [
    "   own%   all%  by their own time",
    ...section(own),
    "   own%   all%  with what they call",
    ...[...whole].sort((a, b) => b[1] - a[1]).slice(0, ROWS)
      .map(([name, micros]) => `${percent(own.get(name) ?? 0)}${percent(micros)}  ${name}`),
  ].join("\n");
}

function nameOf(
  { callFrame: { functionName, url, lineNumber } }: Profile["nodes"][number],
): string {
  const place = url.replace(/^.*\/node_modules\/(\.deno\/[^/]+\/node_modules\/)?/, "")
    .replace(new URL("../", import.meta.url).href, "");
  return `${functionName || "(anonymous)"} ${place}${url === "" ? "" : `:${lineNumber + 1}`}`;
}
