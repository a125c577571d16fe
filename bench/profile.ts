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

const ROWS = 30;
/** Parts of all time below which a branch of the tree is left out. */
const LEAST = 0.01;

type Branch = { micros: number; callees: Map<string, Branch> };

/** The functions by the time they took themselves, and the tree of who called whom. */
function tableOf({ nodes, samples, timeDeltas }: Profile): string {
  const time = new Map<number, number>();
  samples.forEach((node, index) => {
    time.set(node, (time.get(node) ?? 0) + (timeDeltas[index] ?? 0));
  });
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const own = new Map<string, number>();
  /** One function may stand in several nodes below one caller: they are added up. */
  const grow = (id: number, into: Map<string, Branch>): number => {
    const node = byId.get(id);
    if (node === undefined) return 0;
    const name = nameOf(node);
    const branch = into.get(name) ?? { micros: 0, callees: new Map() };
    into.set(name, branch);
    const self = time.get(id) ?? 0;
    own.set(name, (own.get(name) ?? 0) + self);
    let micros = self;
    for (const child of node.children ?? []) micros += grow(child, branch.callees);
    branch.micros += micros;
    return micros;
  };
  const tree = new Map<string, Branch>();
  const all = grow(nodes[0]?.id ?? 0, tree);
  const percent = (micros: number) => (100 * micros / all).toFixed(1).padStart(6);
  const lines = (branches: Map<string, Branch>, indent: string): string[] =>
    [...branches].filter(([, { micros }]) => micros > LEAST * all)
      .sort((a, b) => b[1].micros - a[1].micros)
      .flatMap(([name, { micros, callees }]) => [
        `${percent(micros)}  ${indent}${name}`,
        ...lines(callees, indent + " "),
      ]);
  return [
    "  own%",
    ...[...own].sort((a, b) => b[1] - a[1]).slice(0, ROWS)
      .map(([name, micros]) => `${percent(micros)}  ${name}`),
    "  all%",
    ...lines(tree, ""),
  ].join("\n");
}

function nameOf(
  { callFrame: { functionName, url, lineNumber } }: Profile["nodes"][number],
): string {
  const place = url.replace(/^.*\/node_modules\/(\.deno\/[^/]+\/node_modules\/)?/, "")
    .replace(new URL("../", import.meta.url).href, "");
  return `${functionName || "(anonymous)"} ${place}${url === "" ? "" : `:${lineNumber + 1}`}`;
}
