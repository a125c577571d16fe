/**
 * Makes what a broken or hostile client might send out of what a good one sends. An object is a list
 * of fields with the text of their values, because JSON.stringify could not write half of it:
 * doubled fields, `__proto__`, numbers that are none.
 */
import type { Random } from "./random.ts";

export type Fields = [name: string, json: string][];

export function fieldsOf(value: object): Fields {
  return Object.entries(value).map(([name, field]) => [name, JSON.stringify(field)]);
}

export function writeFields(fields: Fields): string {
  return `{${fields.map(([name, json]) => `${JSON.stringify(name)}:${json}`).join(",")}}`;
}

const deep = (depth: number, open: string, close: string) =>
  open.repeat(depth) + "1" + close.repeat(depth);

const HOSTILE: readonly string[] = [
  ..."null true false 0 -0 -1 1 1.5 1e0 1e3 1e20 1e308 -1e308 1e309 2e-308".split(" "),
  ..."2147483647 2147483648 -2147483649 4294967296 9007199254740991 9007199254740992".split(" "),
  ..."9223372036854775807 9223372036854775808 18446744073709551616 00 01 +1 .5 0x10".split(" "),
  ..."NaN Infinity -Infinity undefined {} [] [[]] [null] [{}]".split(" "),
  ...['""', '" "', '"0"', '"1"', '"null"', '"__proto__"', '"constructor"', '"message.send"'],
  ...['"a\\u0000b"', '"\\ud800"', '"\\udc00\\ud800"', '"\\ud83d\\ude00"', '"\\uffff"', '"\ufeff"'],
  ...['"\u2028"', '"\u202e"', '"\\\\"', '"\\""', '"%00"', '"\'; drop table messages; --"', "'one'"],
  ...['{"__proto__":{"ref":1}}', '{"toString":1}', '{"length":-1}', '{"then":1}', '{"0":"a"}'],
  '"00000000-0000-0000-0000-000000000000"',
  '"FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF"',
  `"${"x".repeat(300)}"`,
  `"${"👋".repeat(200)}"`,
  `[${"1e20,".repeat(50)}1]`,
  deep(60, "[", "]"),
  deep(40, '{"a":', "}"),
];

/** Long enough to reach the limits of a text, a list or a frame: seldom, because they cost time. */
const LARGE: readonly (() => string)[] = [
  () => `"${"x".repeat(8_001)}"`,
  () => `"${"\\u0001".repeat(8_000)}"`,
  () => `"${"👋".repeat(8_000)}"`,
  () => deep(20_000, "[", "]"),
  () => deep(6_000, '{"a":', "}"),
  () => `[${'"00000000-0000-7000-8000-000000000001",'.repeat(101)}1]`,
  () => `[${"{},".repeat(9_000)}{}]`,
];

const NAMES = ["extra", "__proto__", "constructor", "toString", "", "\0", "type", "ref", "text"];

function hostile(random: Random): string {
  return random.chance(0.02) ? random.pick(LARGE)() : random.pick(HOSTILE);
}

/** Changes one field, or how many there are of it. */
function mutateOnce(fields: Fields, random: Random): void {
  const at = random.below(fields.length);
  const field = fields[at];
  const other = fields[random.below(fields.length)];
  if (field === undefined || other === undefined) {
    fields.push([random.pick(NAMES), hostile(random)]);
    return;
  }
  switch (random.below(8)) {
    case 0:
      return void fields.splice(at, 1);
    case 1:
      return void fields.splice(at, 0, [random.pick(NAMES), hostile(random)]);
    case 2:
      return void fields.push([field[0], random.chance(0.5) ? field[1] : hostile(random)]);
    case 3:
      [field[1], other[1]] = [other[1], field[1]];
      return;
    case 4:
      field[1] = random.chance(0.5) ? `[${field[1]}]` : `{"a":${field[1]}}`;
      return;
    case 5:
      field[0] = random.chance(0.5) ? random.pick(NAMES) : other[0];
      return;
    default:
      field[1] = hostile(random);
  }
}

/** Changes up to three things about `fields`, in place. */
export function mutateFields(fields: Fields, random: Random): void {
  for (let times = random.below(4); times > 0; times--) mutateOnce(fields, random);
}

const NOISE: readonly number[][] = [
  [0],
  [0x22],
  [0x5c],
  [0x7b],
  [0x5d],
  [0x2c],
  // A byte order mark, an overlong slash, half a surrogate pair, a lone continuation, the end cut off.
  [0xef, 0xbb, 0xbf],
  [0xc0, 0xaf],
  [0xed, 0xa0, 0x80],
  [0x80],
  [0xf0, 0x9f, 0x98],
  [0xff],
  [0xf4, 0x90, 0x80, 0x80],
];

/** Changes up to three bytes or stretches of bytes. */
export function mutateBytes(
  bytes: Uint8Array,
  random: Random,
  others: readonly Uint8Array[] = [],
): Uint8Array {
  let changed = [...bytes];
  for (let times = 1 + random.below(3); times > 0; times--) {
    const at = random.below(changed.length + 1);
    switch (random.below(6)) {
      case 0:
        if (at < changed.length) changed[at] = (changed[at] ?? 0) ^ 1 << random.below(8);
        break;
      case 1:
        changed = changed.slice(0, at);
        break;
      case 2:
        changed.splice(at, 0, ...random.pick(NOISE));
        break;
      case 3:
        changed.splice(at, random.below(8));
        break;
      case 4: {
        const stretch = changed.slice(at, at + random.below(40));
        changed.splice(random.below(changed.length + 1), 0, ...stretch);
        break;
      }
      default:
        if (others.length > 0) {
          changed = [...changed.slice(0, at), ...random.pick(others).slice(at)];
        }
    }
  }
  return new Uint8Array(changed);
}
