import type { Source } from "./import_rules.ts";

/** Folders of the project's own code; what is built or installed is somebody else's. */
const FOLDERS = ["isolates", "lib", "chat", "routes", "status", "verify", "client", "web", "bench"];

/** The TypeScript files of the tree at `root`, and those at its top. */
export async function readSources(root: URL): Promise<Source[]> {
  const sources: Source[] = [];
  const read = async (folder: string, deep: boolean) => {
    for await (const { name, isDirectory } of Deno.readDir(new URL(folder || ".", root))) {
      const path = folder + name;
      if (isDirectory) {
        if (deep && name !== "node_modules" && name !== "dist") await read(`${path}/`, true);
      } else if (/\.tsx?$/.test(name)) {
        sources.push({ path, text: await Deno.readTextFile(new URL(path, root)) });
      }
    }
  };
  await read("", false);
  for (const folder of FOLDERS) await read(`${folder}/`, true).catch(ignoreMissing);
  return sources;
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
