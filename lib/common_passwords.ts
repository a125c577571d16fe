/**
 * The passwords that people choose most, which is what is tried first. The list is loaded where it is
 * asked for the first time: it takes some 50 ms and 9 MiB, and only the gate asks.
 */
export async function loadCommonPasswords(): Promise<ReadonlySet<string>> {
  const { dictionary } = await import("@zxcvbn-ts/language-common");
  return new Set(dictionary["passwords-common"].map((common) => common.toLowerCase()));
}
