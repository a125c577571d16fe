/** Reads the configuration and serves until it is told to stop. */
import { startIsolates } from "./isolates/start_all.ts";
import { ENVIRONMENT_VARIABLES, readConfig } from "./lib/config.ts";
import { messageOf, StartError } from "./lib/errors.ts";
import { createLog } from "./lib/log.ts";
import { logStrayErrors } from "./lib/stray_errors.ts";
import { startServer } from "./server.ts";

async function main(mode: string | undefined): Promise<void> {
  if (mode !== "dev" && mode !== "start") throw new StartError("usage: main.ts dev|start");
  const environment = Object.fromEntries(
    ENVIRONMENT_VARIABLES.map((name) => [name, Deno.env.get(name)]),
  );
  const config = readConfig(environment, mode);
  const log = createLog(mode === "dev" ? "text" : "json", config.logLevel);
  logStrayErrors(log);
  const { promise: stop, resolve } = Promise.withResolvers<void>();
  // A terminal and the task above may both send one, so a second signal means nothing; every step
  // of the end has a bound of its own.
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => resolve());
  }
  const starting = (config.workers > 1 ? startIsolates : startServer)(config, { log });
  const server = await Promise.race([starting, stop]);
  // Told to stop before it began: a start may wait for long for what it needs.
  if (server === undefined) return;
  Deno.stdout.writeSync(new TextEncoder().encode(server.report + "\n"));
  await stop;
  await server[Symbol.asyncDispose]();
}

if (import.meta.main) {
  try {
    await main(Deno.args[0]);
    Deno.exit(0);
  } catch (error) {
    const told = error instanceof StartError ? messageOf(error) : error;
    Deno.stderr.writeSync(new TextEncoder().encode(`parley: ${told}\n`));
    Deno.exit(1);
  }
}
