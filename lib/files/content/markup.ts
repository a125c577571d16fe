/** Elements that HTML may begin with; anything else is XML of some kind. */
const HTML = new Set([
  ...["html", "head", "body", "title", "script", "style", "link", "meta", "base", "noscript"],
  ...["iframe", "frameset", "object", "embed", "template", "form", "input", "button", "video"],
  ...["audio", "img", "a", "b", "i", "p", "br", "hr", "div", "span", "font", "center", "table"],
  ...["h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "pre", "section", "article", "main"],
  ...["header", "footer", "nav", "math", "details", "dialog", "marquee", "isindex", "body"],
]);

const NAME = /^[A-Za-z][\w:.-]{0,63}/;

/** What a browser might run if it were told that this is a page. Undefined for other things. */
export function markupType(head: Uint8Array<ArrayBuffer>): string | undefined {
  const text = decode(head);
  let rest = text.trimStart();
  let isMarkup = false;
  for (;;) {
    if (!rest.startsWith("<")) break;
    if (/^<!doctype\s+html/i.test(rest)) return "text/html";
    const end = endOfProlog(rest);
    if (end === undefined) break;
    isMarkup = true;
    rest = rest.slice(end).trimStart();
  }
  const name = rest.startsWith("<") ? NAME.exec(rest.slice(1, 80))?.[0].toLowerCase() : undefined;
  if (name === undefined) return isMarkup ? "application/xml" : undefined;
  if (name.slice(name.indexOf(":") + 1) === "svg") return "image/svg+xml";
  return HTML.has(name) ? "text/html" : "application/xml";
}

/** Of a comment, an instruction or a doctype that the text begins with; its length if none ends it. */
function endOfProlog(text: string): number | undefined {
  if (text.startsWith("<!--")) return after(text, "-->");
  if (text.startsWith("<?")) return after(text, "?>");
  if (!/^<!doctype/i.test(text)) return undefined;
  const inner = text.indexOf("[");
  const end = text.indexOf(">");
  return inner !== -1 && inner < end ? after(text, "]>") : after(text, ">");
}

function after(text: string, mark: string): number {
  const at = text.indexOf(mark);
  return at === -1 ? text.length : at + mark.length;
}

/** Tags are written in ASCII, by one byte or by two. */
function decode(head: Uint8Array<ArrayBuffer>): string {
  const [first, second] = head;
  const big = first === 0xfe && second === 0xff || first === 0 && second === 0x3c;
  const little = first === 0xff && second === 0xfe || first === 0x3c && second === 0;
  if (big || little) return new TextDecoder(big ? "utf-16be" : "utf-16le").decode(head);
  return new TextDecoder().decode(head);
}
