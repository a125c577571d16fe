import { thumbHashToDataURL } from "thumbhash";

/** More than a long history shows at a time. */
const MAX_KEPT = 500;
/** Bytes of a ThumbHash, from the least to the most that it can have. */
const LEAST = 5;
const MOST = 32;

const made = new Map<string, string | undefined>();

/** The blurred picture that a ThumbHash stands for, or none where somebody sent something else. */
export function placeholderOf(thumbHash: string | undefined): string | undefined {
  if (thumbHash === undefined) return undefined;
  if (made.has(thumbHash)) return made.get(thumbHash);
  const [eldest] = made.keys();
  if (made.size >= MAX_KEPT && eldest !== undefined) made.delete(eldest);
  const url = draw(thumbHash);
  made.set(thumbHash, url);
  return url;
}

function draw(thumbHash: string): string | undefined {
  try {
    const bytes = Uint8Array.from(atob(thumbHash), (character) => character.charCodeAt(0));
    if (bytes.length < LEAST || bytes.length > MOST) return undefined;
    return thumbHashToDataURL(bytes);
  } catch {
    return undefined;
  }
}
