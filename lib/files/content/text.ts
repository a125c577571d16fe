/** Of the encodings that people write in. The bytes of other languages' older ones may be anything. */
const ENCODINGS = ["utf-8", "gb18030"];
/** Tabs, ends of lines and pages, and what colours the lines of a log. */
const WRITTEN = new Set("\t\n\f\r\x1b\x85");

/** Whether somebody may have written it; `cut` when there is more of it than this. */
export function isText(head: Uint8Array<ArrayBuffer>, cut: boolean): boolean {
  const [first, second] = head;
  if (first === 0xff && second === 0xfe) return isEncoded(head, "utf-16le", cut);
  if (first === 0xfe && second === 0xff) return isEncoded(head, "utf-16be", cut);
  return ENCODINGS.some((encoding) => isEncoded(head, encoding, cut));
}

function isEncoded(head: Uint8Array<ArrayBuffer>, encoding: string, cut: boolean): boolean {
  try {
    const text = new TextDecoder(encoding, { fatal: true }).decode(head, { stream: cut });
    return text.match(/\p{Cc}/gu)?.every((character) => WRITTEN.has(character)) ?? true;
  } catch {
    return false;
  }
}
