/** The shipped units start what the task `server` starts, with variables that mean something. */
import assert from "node:assert/strict";
import project from "../../deno.json" with { type: "json" };
import { ENVIRONMENT_VARIABLES, readConfig } from "../../lib/config.ts";

const DEPLOY = new URL("../../deploy/", import.meta.url);
const UNITS = ["parley.service", "parley@.service"];
/** Of the programs themselves, and not of Parley. */
const FOREIGN = new Set(["DENO_DIR"]);

type Unit = { section: string; name: string; value: string }[];

async function readUnit(name: string): Promise<Unit> {
  const text = await Deno.readTextFile(new URL(`systemd/${name}`, DEPLOY));
  let section = "";
  const lines: Unit = [];
  for (const line of text.replaceAll(/\\\n\s*/g, "").split("\n")) {
    if (/^(#|\s*$)/.test(line)) continue;
    const heading = /^\[(\w+)\]$/.exec(line)?.[1];
    if (heading !== undefined) section = heading;
    else {
      const [, key = "", value = ""] = /^(\w+)=(.*)$/.exec(line) ?? assert.fail(`${name}: ${line}`);
      lines.push({ section, name: key, value });
    }
  }
  return lines;
}

async function readEnvironment(name: string): Promise<Record<string, string>> {
  const text = await Deno.readTextFile(new URL(`systemd/cluster/${name}`, DEPLOY));
  const lines = text.split("\n").filter((line) => !/^(#|\s*$)/.test(line));
  return Object.fromEntries(
    lines.map((line) => {
      const [, key = "", value = ""] = /^(\w+)=(.*)$/.exec(line) ?? assert.fail(`${name}: ${line}`);
      return [key, value];
    }),
  );
}

const valuesOf = (unit: Unit, name: string) =>
  unit.filter((line) => line.name === name).map(({ value }) => value);

for (const name of UNITS) {
  Deno.test(`${name} runs what the task server runs`, async () => {
    const [command, ...more] = valuesOf(await readUnit(name), "ExecStart");
    assert.deepEqual(more, []);
    const task = project.tasks.server.command.split(" && ").at(-1) ?? "";
    // The key-value file is below the data directory here, and systemd has its own way of writing it.
    const expected = task.replaceAll('"', "").replaceAll(/,\$(KV_FILE|FILES_DIR)/g, "")
      .replaceAll("$PARLEY_DATA_DIR", "${PARLEY_DATA_DIR}").replace(
        /^deno /,
        "/usr/local/bin/deno ",
      );
    assert.equal(command?.replaceAll(/\s+/g, " "), `${expected} start`);
  });

  Deno.test(`${name} gives the server its descriptors and the time to drain, and takes its rights`, async () => {
    const unit = await readUnit(name);
    const one = (key: string) => {
      const values = valuesOf(unit, key);
      assert.equal(values.length, 1, key);
      return values[0];
    };
    assert.ok(Number(one("LimitNOFILE")) >= 65_536);
    assert.ok(Number(one("TimeoutStopSec")) > 10, "longer than a drain");
    assert.equal(one("KillSignal"), "SIGTERM");
    assert.equal(one("Restart"), "on-failure");
    assert.equal(one("NoNewPrivileges"), "true");
    assert.equal(one("ProtectSystem"), "strict");
    for (const setting of valuesOf(unit, "Environment")) {
      const [variable = "", path = ""] = setting.split("=");
      assert.ok(ENVIRONMENT_VARIABLES.includes(variable) || FOREIGN.has(variable), variable);
      assert.ok(one("ReadWritePaths")?.split(" ").includes(path), `${path} can be written`);
    }
  });
}

Deno.test("parley@.service is parley.service with a file of its own", async () => {
  const [one, each] = [await readUnit("parley.service"), await readUnit("parley@.service")];
  const shared = each.filter(({ value }) => !value.includes("%i"));
  assert.deepEqual(shared, one.filter(({ name }) => name !== "Description"));
  assert.deepEqual(
    each.filter(({ value }) => value.includes("%i")).map(({ name, value }) => `${name}=${value}`),
    ["Description=Parley %i", "EnvironmentFile=/etc/parley/%i.env"],
  );
});

Deno.test("the example of a cluster is one that the server accepts, and that nginx.conf leads to", async () => {
  const common = await readEnvironment("parley.env");
  assert.equal(common.PARLEY_SECRET, "", "a secret that everybody knows would be none");
  const secret = "a1b2c3d4e5f60718".repeat(4);
  const nginx = await Deno.readTextFile(new URL("nginx.conf", DEPLOY));
  const ports = new Map<string, number>();
  const folder = new URL("systemd/cluster/", DEPLOY);
  for (const { name } of [...Deno.readDirSync(folder)].sort((a, b) => a.name < b.name ? -1 : 1)) {
    const own = await readEnvironment(name);
    const all = { ...common, ...own, PARLEY_SECRET: secret };
    for (const key of Object.keys(all)) assert.ok(ENVIRONMENT_VARIABLES.includes(key), key);
    if (name === "parley.env") continue;
    const process = name.replace(".env", "");
    const [role = "", number] = process.split("-");
    const config = readConfig(all, "start");
    assert.deepEqual([...config.roles], [role]);
    ports.set(process, config.port);
    if (role === "gate" || role === "chat") {
      assert.ok(nginx.includes(`server ${config.host}:${config.port} `), `nginx knows ${process}`);
    }
    if (role !== "chat") continue;
    assert.equal(config.node.id, process);
    const path = config.node.url?.replace("wss://chat.example.org", "");
    assert.equal(path, `/nodes/${number}/api/v1/chat`);
    assert.ok(nginx.includes(`location = ${path} {`));
  }
  assert.equal(new Set(ports.values()).size, 7, "seven processes, each at a port of its own");
  for (const caller of ["gate-1", "gate-2", "chat-1", "chat-2"]) {
    const { PARLEY_STATUS_URL } = await readEnvironment(`${caller}.env`);
    const urls = ["status-1", "status-2"].map((name) => `http://127.0.0.1:${ports.get(name)}`);
    assert.equal(PARLEY_STATUS_URL, urls.join());
  }
});

/** Debian's, from the package `systemd`. */
const ANALYZE = "/usr/bin/systemd-analyze";

Deno.test({
  name: "systemd finds nothing wrong with the units",
  ignore: !isFile(ANALYZE),
  fn: async () => {
    const folder = await Deno.makeTempDir({ prefix: "parley-units-" });
    try {
      for (const name of UNITS) {
        const text = await Deno.readTextFile(new URL(`systemd/${name}`, DEPLOY));
        // It looks for the program, which is elsewhere here.
        await Deno.writeTextFile(
          `${folder}/${name}`,
          text.replace("/usr/local/bin/deno", Deno.execPath()),
        );
      }
      const { code, stderr } = await new Deno.Command(ANALYZE, {
        args: ["verify", ...UNITS.map((name) => `${folder}/${name}`)],
        stderr: "piped",
      }).output();
      // What it says of units of this machine is none of ours.
      const said = new TextDecoder().decode(stderr).split("\n")
        .filter((line) => line.includes("parley"));
      assert.deepEqual({ code, said }, { code: 0, said: [] });
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
