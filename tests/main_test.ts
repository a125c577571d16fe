/** The program as an operator meets it: started as a process, with the permissions of its task. */
import assert from "node:assert/strict";
import { ENVIRONMENT_VARIABLES } from "../lib/config.ts";
import { copyTemplate } from "./support/databases.ts";
import { within } from "./support/deadline.ts";
import { freePort } from "./support/ports.ts";
import { serverArguments } from "./support/server_process.ts";

type Ended = { code: number; stdout: string; stderr: string };

type Running = {
  /** Resolves once the server has reported where it is. */
  ready: Promise<string>;
  ended: Promise<Ended>;
  kill(signal: Deno.Signal): void;
};

const ROOT = new URL("../", import.meta.url);

function start(mode: string, environment: Record<string, string>): Running {
  const dataDir = environment.PARLEY_DATA_DIR ?? "./data";
  const child = new Deno.Command(Deno.execPath(), {
    args: serverArguments(dataDir, mode),
    cwd: ROOT,
    clearEnv: true,
    env: {
      PATH: Deno.env.get("PATH") ?? "",
      HOME: Deno.env.get("HOME") ?? "",
      NO_COLOR: "1",
      ...environment,
    },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const { promise: ready, resolve, reject } = Promise.withResolvers<string>();
  // A test that expects the end does not ask for this.
  ready.catch(() => {});
  const stdout = readAll(child.stdout, (text) => {
    if (text.includes("key-value")) resolve(text);
  });
  const stderr = readAll(child.stderr, () => {});
  const ended = (async () => {
    const { code } = await child.status;
    const result = { code, stdout: await stdout, stderr: await stderr };
    reject(new Error(`the server ended: ${result.stderr}`));
    return result;
  })();
  return { ready, ended, kill: (signal) => child.kill(signal) };
}

async function readAll(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  onText: (text: string) => void,
): Promise<string> {
  let text = "";
  for await (const part of stream.pipeThrough(new TextDecoderStream())) onText(text += part);
  return text;
}

/** Expects the start to fail as it should, and gives the one line that says why. */
async function refusal(mode: string, environment: Record<string, string>): Promise<string> {
  const server = start(mode, environment);
  try {
    const { code, stdout, stderr } = await within(server.ended, "the refusal", 20_000);
    assert.notEqual(code, 0);
    assert.equal(stdout, "");
    assert.match(stderr, /^parley: [^\n]+\n$/);
    assert.ok(!/\bat .*\.ts:\d+/.test(stderr), stderr);
    return stderr;
  } catch (error) {
    try {
      server.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
    await server.ended;
    throw error;
  }
}

async function withDataDir(run: (dataDir: string) => Promise<void>): Promise<void> {
  const dataDir = await Deno.makeTempDir({ prefix: "parley-" });
  try {
    await copyTemplate(dataDir);
    await run(dataDir);
  } finally {
    await Deno.remove(dataDir, { recursive: true });
  }
}

for (const mode of ["", "serve", "Dev"]) {
  Deno.test(`main refuses the mode "${mode}"`, async () => {
    assert.match(await refusal(mode, {}), /usage/);
  });
}

const nonsense: [string, Record<string, string>, RegExp][] = [
  ["a port that is none", { PORT: "http" }, /PORT=http/],
  ["a database of another kind", { DATABASE_URL: "mysql://localhost/x" }, /DATABASE_URL/],
  ["a secret that everybody knows", { PARLEY_SECRET: "changeme".repeat(5) }, /PARLEY_SECRET/],
  ["an origin that is none", { PARLEY_ORIGINS: "example.org" }, /PARLEY_ORIGINS=example\.org/],
];
for (const [what, environment, line] of nonsense) {
  Deno.test(`main refuses ${what} in one line`, async () => {
    assert.match(await refusal("dev", environment), line);
  });
}

Deno.test("main refuses to start for production without mail", async () => {
  assert.match(await refusal("start", {}), /PARLEY_MAIL_URL/);
});

Deno.test("main takes variables that are set to nothing for unset ones", () =>
  withDataDir(async (dataDir) => {
    const environment = { PARLEY_STATUS_URL: "", DATABASE_URL: "", PORT: "0" };
    const server = start("dev", { ...environment, PARLEY_DATA_DIR: dataDir });
    try {
      await within(server.ready, "the start", 20_000);
    } finally {
      await stop(server);
    }
  }));

Deno.test("main says that the data directory cannot be written", () =>
  withDataDir(async (dataDir) => {
    // Below a file: the tests may run as root, who may write anywhere else.
    await Deno.writeTextFile(`${dataDir}/file`, "");
    const path = `${dataDir}/file/data`;
    const line = await refusal("dev", { PARLEY_DATA_DIR: path, PORT: "0" });
    assert.ok(line.includes(path), line);
  }));

Deno.test("main says that the database cannot be reached, and not its password", () =>
  withDataDir(async (dataDir) => {
    const line = await refusal("dev", {
      DATABASE_URL: `postgres://parley:hunter2@127.0.0.1:${freePort()}/parley`,
      PARLEY_DATA_DIR: dataDir,
      PORT: "0",
    });
    assert.match(line, /DATABASE_URL/);
    assert.ok(!line.includes("hunter2"), line);
  }));

Deno.test("main names the database address that is none, and not its password", () =>
  withDataDir(async (dataDir) => {
    const line = await refusal("dev", {
      DATABASE_URL: "postgres://parley:hunter2@127.0.0.1:99999/parley",
      PARLEY_DATA_DIR: dataDir,
      PORT: "0",
    });
    assert.match(line, /DATABASE_URL/);
    assert.ok(!line.includes("hunter2"), line);
  }));

Deno.test("main says that the port is taken", () =>
  withDataDir(async (dataDir) => {
    using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = taken.addr as Deno.NetAddr;
    const line = await refusal("dev", { PARLEY_DATA_DIR: dataDir, PORT: String(port) });
    assert.match(line, new RegExp(`port ${port} .*taken`));
  }));

Deno.test("main says that HOST is no address of this machine", () =>
  withDataDir(async (dataDir) => {
    const line = await refusal("dev", { PARLEY_DATA_DIR: dataDir, HOST: "203.0.113.7", PORT: "0" });
    assert.match(line, /HOST=203\.0\.113\.7/);
  }));

for (const workers of ["1", "4"]) {
  Deno.test(`main starts, keeps its folder to itself, and ends with 0 at a signal, or two [workers=${workers}]`, () =>
    withDataDir(async (dataDir) => {
      const environment = {
        PARLEY_DATA_DIR: dataDir,
        PORT: String(freePort()),
        PARLEY_WORKERS: workers,
      };
      const server = start("dev", environment);
      try {
        const report = await within(server.ready, "the start", 20_000);
        assert.ok(report.includes(`http://127.0.0.1:${environment.PORT}`), report);
        const response = await fetch(`http://127.0.0.1:${environment.PORT}/readyz`);
        assert.equal(response.status, 200);
        await response.body?.cancel();
        assert.match(await refusal("dev", { ...environment, PORT: "0" }), /in use/);
        for (const name of ["secret", "kv.sqlite"]) {
          assert.equal(((await Deno.stat(`${dataDir}/${name}`)).mode ?? 0) & 0o777, 0o600, name);
        }
      } finally {
        const { code, stderr } = await stop(server);
        assert.equal(code, 0, stderr);
        // A machine that has other things to do may make a store late for a moment, and the log says so.
        const worse = stderr.split("\n")
          .filter((line) => !/^$|^\d\d:\d\d:\d\d (info|warn) | +at /.test(line));
        assert.deepEqual(worse, []);
      }
    }));
}

async function stop(server: Running): Promise<Ended> {
  try {
    // Both, as when a terminal interrupts a task that passes the signal on.
    server.kill("SIGINT");
    server.kill("SIGTERM");
  } catch {
    // It has ended by itself.
  }
  // On a machine that has other things to do; drain_test.ts holds it to 10 s.
  return await within(server.ended, "the end", 20_000).catch(async (error) => {
    server.kill("SIGKILL");
    await server.ended;
    throw error;
  });
}

Deno.test("the task server may read every variable that means something", () => {
  const allowed = serverArguments("data", "dev")
    .find((argument) => argument.startsWith("--allow-env="));
  assert.deepEqual(
    allowed?.slice("--allow-env=".length).split(",").sort(),
    [...ENVIRONMENT_VARIABLES].sort(),
  );
});
