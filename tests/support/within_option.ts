/**
 * The bound of a measurement, in milliseconds: the aim where one is given, as in
 * `deno test … -- --within=10`, and what a shared machine has to keep where none is.
 */
export function withinOption(otherwise: number): number {
  const given = Deno.args.find((argument) => argument.startsWith("--within="));
  return Number(given?.slice("--within=".length) ?? otherwise);
}
