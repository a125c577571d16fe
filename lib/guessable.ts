/** Passwords that nobody needs a list for: what a finger does to eight keys without a thought. */

/** Characters of the longest unit that makes no password by being repeated. */
const LONGEST_UNIT = 6;

/** Whether a text is a few characters over and over ("12341234"), or one run ("abcdefgh", "87654321"). */
export function isPattern(text: string): boolean {
  const points = Array.from(text, (character) => character.codePointAt(0) ?? 0);
  return isRepeated(points) || isRun(points);
}

/** The last of the repeats may be cut off: "12312312". */
function isRepeated(points: readonly number[]): boolean {
  for (let unit = 1; unit <= LONGEST_UNIT && 2 * unit <= points.length; unit++) {
    if (points.every((point, at) => at < unit || point === points[at - unit])) return true;
  }
  return false;
}

function isRun(points: readonly number[]): boolean {
  return [1, -1].some((step) =>
    points.every((point, at) => at === 0 || follows(points[at - 1] ?? 0, point, step))
  );
}

const [ZERO, NINE] = [0x30, 0x39];

/** On keyboards 0 comes after 9, and by counting before 1. */
function follows(before: number, point: number, step: number): boolean {
  if (point - before === step) return true;
  return step === 1 ? before === NINE && point === ZERO : before === ZERO && point === NINE;
}
