export type LinkPart = { text: string; href?: string };

/**
 * What may be one: it ends before a space, a quote, and what no address has in it unescaped. Chinese,
 * Japanese and Korean letters belong to it only if its host is written in them: what follows an
 * address in Latin letters is the sentence going on without a space, and not another domain.
 */
const CANDIDATE =
  /\bhttps?:\/\/(?:(?:[a-z0-9-]+\.)*[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}][^\s<>"“”‘’「」『』《》【】（）。，、；：！？]*|[^\s<>"“”‘’「」『』《》【】（）。，、；：！？\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}]+)/giu;
/** What belongs to the sentence around a link, and not to it. */
const AFTER_IT = new Set([...".,;:!?'*_~…"]);
const OPENING: Readonly<Record<string, string>> = { ")": "(", "]": "[", "}": "{" };

/**
 * A text in parts, its addresses apart. Only `http:` and `https:` are ever an address: whatever else
 * somebody writes stays text.
 */
export function linkParts(text: string): LinkPart[] {
  // Most texts have none.
  if (!text.includes("://")) return text === "" ? [] : [{ text }];
  const parts: LinkPart[] = [];
  let from = 0;
  for (const { 0: candidate, index } of text.matchAll(CANDIDATE)) {
    const written = withoutEnd(candidate);
    const href = addressOf(written);
    if (href === undefined) continue;
    if (index > from) parts.push({ text: text.slice(from, index) });
    parts.push({ text: written, href });
    from = index + written.length;
  }
  if (from < text.length) parts.push({ text: text.slice(from) });
  return parts;
}

/** The one that is shown in more than words. */
export function firstLink(text: string): string | undefined {
  return linkParts(text).find(({ href }) => href !== undefined)?.href;
}

function withoutEnd(candidate: string): string {
  const counts = new Map<string, number>();
  for (const each of candidate) counts.set(each, (counts.get(each) ?? 0) + 1);
  const count = (character: string) => counts.get(character) ?? 0;
  let end = candidate.length;
  while (end > 0) {
    const last = candidate.charAt(end - 1);
    const opening = OPENING[last];
    const alone = opening !== undefined && count(last) > count(opening);
    if (!alone && !AFTER_IT.has(last)) break;
    counts.set(last, count(last) - 1);
    end--;
  }
  return candidate.slice(0, end);
}

function addressOf(written: string): string | undefined {
  try {
    const { protocol, href, hostname } = new URL(written);
    const web = protocol === "http:" || protocol === "https:";
    return web && hostname !== "" ? href : undefined;
  } catch {
    return undefined;
  }
}
