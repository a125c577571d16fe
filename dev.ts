/** The task `dev`: builds the page, runs the server, and does either again when its files change. */

/** Milliseconds in which several changes of files become one. */
const GATHER = 200;

/** What each folder or file belongs to; both the page and the server stand on the protocol. */
const PAGE = ["web", "client", "lib/protocol"];
const SERVER = [
  "main.ts",
  "server.ts",
  "isolates",
  "chat",
  "lib",
  "routes",
  "status",
  "verify",
  "deno.json",
];

let server: Deno.ChildProcess;
let restarting = false;
/** Whether the server was started again: from then on a mistake in the code ends only the server. */
let restarted = false;

async function build(): Promise<boolean> {
  const { success } = await deno(["task", "--quiet", "build", "--mode", "development"]).status;
  return success;
}

function serve(): void {
  server = deno(["task", "--quiet", "server", "dev"]);
  void server.status.then(({ code }) => {
    // A server that stops by itself has said why. At the start the task ends with it; later the
    // next change of a file gives it another chance.
    if (!restarting && !restarted) Deno.exit(code);
  });
}

async function restart(): Promise<void> {
  restarting = true;
  terminate();
  await server.status;
  restarting = false;
  restarted = true;
  serve();
}

/** What ends this task ends the server, which takes its time to finish what it has begun. */
async function stop(): Promise<void> {
  restarting = true;
  terminate();
  Deno.exit((await server.status).code);
}

function terminate(): void {
  try {
    server.kill("SIGTERM");
  } catch {
    // It has ended already: by a mistake in the code, or by the signal that this task got as well.
  }
}

function deno(args: string[]): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), { args }).spawn();
}

/** Paths of the next changes, relative to this folder. */
async function* changes(): AsyncGenerator<string[]> {
  const here = import.meta.dirname ?? ".";
  const watched = [...new Set([...PAGE, ...SERVER])].map((path) => `${here}/${path}`);
  let paths: string[] = [];
  let { promise, resolve } = Promise.withResolvers<void>();
  void (async () => {
    for await (const event of Deno.watchFs(watched)) {
      if (event.kind === "access") continue;
      paths.push(...event.paths.map((path) => path.slice(here.length + 1)));
      setTimeout(resolve, GATHER);
    }
  })();
  while (true) {
    await promise;
    const batch = paths.filter((path) => !path.startsWith("web/dist"));
    paths = [];
    ({ promise, resolve } = Promise.withResolvers<void>());
    if (batch.length > 0) yield batch;
  }
}

if (!await build()) Deno.exit(1);
serve();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.addSignalListener(signal, () => void stop());
}
for await (const paths of changes()) {
  const within = (places: string[]) => paths.some((path) => places.some((p) => path.startsWith(p)));
  if (within(PAGE)) await build();
  if (within(SERVER)) await restart();
}
