import { LIMITS } from "./protocol/codes.ts";

const OPENS = ["{", "["] as const;

/**
 * Whether a text, taken as JSON, has more in one another than is looked at: before it is parsed, so
 * that nothing so deep is ever built. Usual texts hardly have a bracket, which a look for brackets
 * shows; only where there are many are they followed one by one.
 */
export function isTooDeep(text: string): boolean {
  return hasManyBrackets(text) && depthPasses(text);
}

function hasManyBrackets(text: string): boolean {
  let count = 0;
  for (const open of OPENS) {
    for (let at = text.indexOf(open); at >= 0; at = text.indexOf(open, at + 1)) {
      if (++count > LIMITS.jsonDepth) return true;
    }
  }
  return false;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

function depthPasses(text: string): boolean {
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (quoted) {
      if (code === BACKSLASH) at++;
      else if (code === QUOTE) quoted = false;
    } else if (code === QUOTE) quoted = true;
    // Both kinds of brackets, which differ in one bit from each other's.
    else if (code === 0x5b || code === 0x7b) {
      if (++depth > LIMITS.jsonDepth) return true;
    } else if (code === 0x5d || code === 0x7d) depth--;
  }
  return false;
}
