export type Source = { path: string; text: string };

type Import = { specifier: string; typeOnly: boolean };

/** Folders of which one may know another's types and nothing else. */
const SERVICES = new Set(["routes", "chat", "status", "verify"]);

/** Breaches of the house's rules, each in one line that begins with the file's path. */
export function problemsOf(sources: readonly Source[]): string[] {
  return sources.flatMap(({ path, text }) => {
    const code = withoutComments(text);
    const problems = [
      ...nameProblems(path),
      ...importsOf(code).flatMap((each) => importProblem(path, each) ?? []),
      ...useProblems(path, code),
    ];
    return problems.map((problem) => `${path}: ${problem}`);
  });
}

/** Everything that makes a module load another: a worker's address counts as well. */
export function importsOf(code: string): Import[] {
  const found: Import[] = [];
  const statements = /^\s*(?:import|export)\s+(type\s)?\s*(?:([^"';]*?)\s*from\s*)?"([^"]+)"/gm;
  for (const [, type, names = "", specifier = ""] of code.matchAll(statements)) {
    found.push({ specifier, typeOnly: type !== undefined || bringsTypesOnly(names) });
  }
  const dynamic = /\bimport\(\s*"([^"]+)"|\bnew URL\(\s*"([^"]+\.tsx?)",\s*import\.meta\.url/g;
  for (const [, imported, address] of code.matchAll(dynamic)) {
    found.push({ specifier: imported ?? address ?? "", typeOnly: false });
  }
  return found;
}

/** `{ type A, type B }` loads nothing that has a value. */
function bringsTypesOnly(names: string): boolean {
  const inner = /^\{([^}]*)\}$/s.exec(names.trim())?.[1];
  if (inner === undefined) return false;
  const parts = inner.split(",").map((part) => part.trim()).filter((part) => part !== "");
  return parts.length > 0 && parts.every((part) => part.startsWith("type "));
}

function importProblem(path: string, { specifier, typeOnly }: Import): string | undefined {
  const target = specifier.startsWith(".") ? resolve(path, specifier) : undefined;
  const from = folderOf(path);
  const refused = `may not import ${target ?? specifier}${typeOnly ? " (types)" : ""}`;
  if (path.startsWith("lib/protocol/")) {
    return (target?.startsWith("lib/protocol/") ?? specifier === "zod") ? undefined : refused;
  }
  if (target === undefined) return from === "client" ? refused : undefined;
  const to = folderOf(target);
  if (from === "" || to === from) return undefined;
  if (from === "lib") return refused;
  if (SERVICES.has(from)) {
    return to === "lib" || (SERVICES.has(to) && typeOnly) ? undefined : refused;
  }
  if (from === "isolates") {
    return target === "server.ts" || target === "deno.json" || to === "lib" ? undefined : refused;
  }
  if (from === "bench") {
    const known = to === "client" || to === "lib" || target.startsWith("tests/support/");
    return known ? undefined : refused;
  }
  if (from === "web" && to === "client") return undefined;
  // The client and the page: the protocol's types, and the one file of it that needs no package.
  const protocol = target.startsWith("lib/protocol/");
  return protocol && (typeOnly || target === "lib/protocol/codes.ts") ? undefined : refused;
}

function nameProblems(path: string): string[] {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const stem = name.replace(/\.tsx?$/, "");
  if (/^(utils|helpers)$/.test(stem)) return ["says nothing about what it holds"];
  if (stem === "mod" && path !== "chat/handlers/mod.ts") return ["mod.ts is for tables only"];
  const snake = /^[a-z0-9]+(_[a-z0-9]+)*$/.test(stem) || path === "web/vite.config.ts";
  return snake ? [] : ["is not called in snake_case"];
}

const SECRET = String.raw`\w*(?:hash|token|secret|digest|signature|proof|password|ticket)(?:es|s)?`;
/** Secrets, or hashes of them, beside anything but what says that there is none. */
const COMPARED = [
  new RegExp(String.raw`(?<!typeof [\w.]*)\b${SECRET}\s*[!=]==(?!\s*(?:undefined|null|""))`, "i"),
  new RegExp(String.raw`[!=]==\s*[\w.]*\b${SECRET}\b(?!\w)`, "i"),
  new RegExp(String.raw`\b${SECRET}\.(?:includes|indexOf|startsWith|endsWith)\(`, "i"),
];

function useProblems(path: string, code: string): string[] {
  const problems: string[] = [];
  const plain = withoutTexts(code);
  const environment = /\bDeno\s*\.\s*env\b/.test(plain) || /\bDeno\s*\[\s*["'`]env/.test(code);
  // `main.ts` hands it on; whoever runs the build before a server is no part of the server.
  const mayRead = ["lib/config.ts", "main.ts", "dev.ts"].includes(path) ||
    path.startsWith("bench/");
  if (environment && !mayRead) problems.push("may not read the environment");
  const hasDefault = /^\s*export\s+default\b/m.test(plain) ||
    /^\s*export\s*\{[^}]*\bas\s+default\b/m.test(plain);
  if (hasDefault && path !== "web/vite.config.ts") problems.push("has a default export");
  // Of texts of its own alone: migrations, and the names of its own tables.
  const writesSql = ["lib/sql/migrate.ts", "lib/sql/maintenance.ts"].includes(path) ||
    path.startsWith("bench/");
  if (/\.\s*(unsafe|file)\s*\(/.test(plain) && !writesSql) {
    problems.push("puts SQL together out of texts instead of parameters");
  }
  // The client keeps its own secrets, and has nobody to keep them from.
  const isService = !/^(client|web|bench)\//.test(path);
  if (isService && COMPARED.some((pattern) => pattern.test(plain))) {
    problems.push("compares a secret in a time that tells where it differs: take equalSecrets");
  }
  return problems;
}

function folderOf(path: string): string {
  return path.includes("/") ? path.slice(0, path.indexOf("/")) : "";
}

function resolve(path: string, specifier: string): string {
  return new URL(specifier, `file:///${path}`).pathname.slice(1);
}

/** Line and block comments; those within a line of code stay, where a `//` may be an address. */
function withoutComments(text: string): string {
  return text.replace(/^\s*\/\/.*$/gm, "").replace(/^\s*\/\*[\s\S]*?\*\//gm, "");
}

function withoutTexts(code: string): string {
  return code.replace(/"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/g, '""');
}
