/** What the task `server` lets the process do, and what Deno denies it, whatever the code asks for. */
import assert from "node:assert/strict";
import { serverArguments } from "./support/server_process.ts";

const PROBE = `
const [dataDir, filesDir] = Deno.args;
const tries = {
  "write its data": () => Deno.writeTextFileSync(dataDir + "/probe", "x"),
  "read its data": () => Deno.readTextFileSync(dataDir + "/probe"),
  "write people's files": () => Deno.writeTextFileSync(filesDir + "/probe", "x"),
  "read people's files": () => Deno.readTextFileSync(filesDir + "/probe"),
  "read the page": () => Deno.statSync("web"),
  "read its settings": () => Deno.env.get("PARLEY_SECRET"),
  "write its code": () => Deno.writeTextFileSync("main.ts", ""),
  "write beside its data": () => Deno.writeTextFileSync(dataDir + "-beside", "x"),
  "write beside people's files": () => Deno.writeTextFileSync(filesDir + "-beside", "x"),
  "read the machine's files": () => Deno.readTextFileSync("/etc/passwd"),
  "read its tests": () => Deno.readTextFileSync("tests/permissions_test.ts"),
  "read other settings": () => {
    if (Deno.env.get("HOME") === undefined) throw { name: "hidden" };
  },
  "start a program": () => new Deno.Command("true").outputSync(),
  "ask who it is": () => Deno.uid(),
  "load a library of its data": () => Deno.dlopen(dataDir + "/probe", {}),
};
const done = Object.entries(tries).map(([name, attempt]) => {
  try {
    attempt();
    return [name, "done"];
  } catch (error) {
    return [name, error.name];
  }
});
console.log(JSON.stringify(Object.fromEntries(done)));
`;

Deno.test("the task server may use its data and its settings, and Deno denies it everything else", async () => {
  const dataDir = await Deno.makeTempDir({ prefix: "parley-" });
  const filesDir = await Deno.makeTempDir({ prefix: "parley-files-" });
  const probe = `${dataDir}/probe.js`;
  await Deno.writeTextFile(probe, PROBE);
  try {
    const options = serverArguments(dataDir, "start", { filesDir }).slice(0, -2);
    assert.ok(
      !options.some((option) =>
        /^(-A|--allow-all|--allow-(read|write|run|env|sys|ffi))$/.test(option)
      ),
    );
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [...options, probe, dataDir, filesDir],
      cwd: new URL("../", import.meta.url),
    }).output();
    assert.deepEqual(JSON.parse(new TextDecoder().decode(stdout)), {
      "write its data": "done",
      "read its data": "done",
      "write people's files": "done",
      "read people's files": "done",
      "read the page": "NotCapable",
      "read its settings": "done",
      "write its code": "NotCapable",
      "write beside its data": "NotCapable",
      "write beside people's files": "NotCapable",
      "read the machine's files": "NotCapable",
      "read its tests": "NotCapable",
      "read other settings": "hidden",
      "start a program": "NotCapable",
      "ask who it is": "NotCapable",
      "load a library of its data": "NotCapable",
    }, new TextDecoder().decode(stderr));
  } finally {
    await Deno.remove(dataDir, { recursive: true });
    await Deno.remove(filesDir, { recursive: true });
  }
});
