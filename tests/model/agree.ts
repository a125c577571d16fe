/** @throws Error that names the first place where the two are not alike */
export function agree(found: unknown, expected: unknown, what: string): void {
  const difference = firstDifference(found, expected, "");
  if (difference !== undefined) throw new Error(`${what}: ${difference}`);
}

/** Both are as JSON has them. */
function firstDifference(found: unknown, expected: unknown, at: string): string | undefined {
  if (isTree(found) && isTree(expected)) {
    const keys = new Set([...Object.keys(expected), ...Object.keys(found)]);
    for (const key of keys) {
      const difference = firstDifference(found[key], expected[key], `${at}.${key}`);
      if (difference !== undefined) return difference;
    }
    return undefined;
  }
  if (Object.is(found, expected)) return undefined;
  return `${at || "it"} is ${show(found)}, and should be ${show(expected)}`;
}

type Tree = { readonly [key: string]: unknown };

function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null;
}

function show(value: unknown): string {
  return value === undefined ? "absent" : JSON.stringify(value);
}
