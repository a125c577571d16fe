import { SaxesParser, type SaxesTagNS } from "saxes";
import { AppError } from "../../errors.ts";
import type { ByteSource } from "../byte_source.ts";

/** A drawing is read as a whole, by whoever shows it as well. */
const MOST_BYTES = 16 * 1024 * 1024;
/** Elements in one another, and attributes of one: what a person draws has a few. */
const MOST_DEPTH = 256;
const MOST_ATTRIBUTES = 1_000;

const XHTML = "http://www.w3.org/1999/xhtml";
/** What runs, or lets something run that is no drawing. */
const ACTIVE = new Set([
  ...["script", "foreignobject", "iframe", "frame", "object", "embed", "applet", "handler"],
  ...["listener", "audio", "video", "canvas", "meta", "base", "link"],
]);
const ANIMATIONS = new Set(["animate", "set", "animatetransform", "animatemotion", "discard"]);
/** The one that says what may stand in a drawing: written by many programs, and fetched by none. */
const DOCTYPE = /^\s*svg\s+PUBLIC\s+"-\/\/W3C\/\/DTD SVG [^"[\]<>]{1,40}"\s*"[^"[\]<>]{1,120}"\s*$/;
const PICTURE = /^data:image\/(png|jpeg|gif|webp);base64,/i;
const LINK = /^(https?:\/\/|mailto:)/i;

/**
 * A drawing that does nothing but be seen. One that does more would do it wherever somebody opens it.
 * @throws AppError `unsupported`, `too-large`
 */
export async function checkSvg(source: ByteSource): Promise<void> {
  if (source.size > MOST_BYTES) {
    const most = MOST_BYTES / 1024 / 1024;
    throw new AppError("too-large", `the SVG has ${source.size} bytes; at most ${most} MiB`);
  }
  const parser = createParser();
  const decoder = new TextDecoder(await encodingOf(source), { fatal: true });
  for await (const bytes of source.read(0, source.size)) {
    parser.write(decode(() => decoder.decode(bytes, { stream: true })));
  }
  parser.write(decode(() => decoder.decode()));
  parser.close();
}

function createParser(): SaxesParser<{ xmlns: true }> {
  const parser = new SaxesParser({ xmlns: true });
  let depth = 0;
  let attributes = 0;
  let styleDepth = Infinity;
  // Entities are among them, but for the five that XML has: nothing says what they stand for.
  parser.on("error", (error) => {
    throw refused(`an error in it: ${error.message.slice(0, 120)}`);
  });
  parser.on("xmldecl", ({ encoding }) => {
    if (encoding === undefined || /^(utf-?8|utf-?16|us-ascii)$/i.test(encoding)) return;
    throw refused(`the encoding ${encoding.slice(0, 40)}; it must be UTF-8`);
  });
  parser.on("doctype", (doctype) => {
    if (!DOCTYPE.test(doctype)) throw refused("a document type of its own");
  });
  parser.on("processinginstruction", ({ target }) => {
    if (/^xml-/i.test(target)) throw refused("a style sheet from elsewhere");
  });
  parser.on("attribute", () => {
    if (++attributes > MOST_ATTRIBUTES) throw refused("an element of too many attributes");
  });
  parser.on("opentag", (tag) => {
    if (++depth > MOST_DEPTH) throw refused("too many elements in one another");
    attributes = 0;
    if (tag.local.toLowerCase() === "style") styleDepth = Math.min(styleDepth, depth);
    checkTag(tag);
  });
  parser.on("closetag", () => {
    if (--depth < styleDepth) styleDepth = Infinity;
  });
  const checkText = (text: string) => {
    if (depth >= styleDepth) checkStyle(text);
  };
  parser.on("text", checkText);
  parser.on("cdata", checkText);
  return parser;
}

function checkTag(tag: SaxesTagNS): void {
  const name = tag.local.toLowerCase();
  if (name === "script") throw refused("a script");
  if (ACTIVE.has(name) || tag.uri === XHTML) throw refused(`an element "${name.slice(0, 40)}"`);
  for (const { local, value, uri } of Object.values(tag.attributes)) {
    const attribute = local.toLowerCase();
    if (uri === "" && attribute.startsWith("on")) {
      throw refused(`a script ("${attribute.slice(0, 40)}")`);
    }
    if (attribute === "base") throw refused("addresses that are others than they seem");
    if (attribute === "href" || attribute === "src") checkLink(name, value.trim());
    else if (uri === "") checkStyle(value);
    if (
      ANIMATIONS.has(name) && attribute === "attributename" && /^(.*:)?(href|on.*)$/i.test(value)
    ) {
      throw refused("an animation that changes where a link goes");
    }
  }
}

/** People may follow a link; nothing else may fetch anything. */
function checkLink(element: string, target: string): void {
  if (target.startsWith("#") || target === "") return;
  const isPicture = element === "image" || element === "feimage";
  if (isPicture && PICTURE.test(target) || element === "a" && LINK.test(target)) return;
  const scheme = /^[\w+.-]{1,20}:/.exec(target)?.[0] ?? "";
  throw refused(scheme === "" ? "a link to something elsewhere" : `a link with "${scheme}"`);
}

/** Styles stand in attributes as well. With a backslash a word can be spelt otherwise. */
function checkStyle(text: string): void {
  const style = text.toLowerCase();
  if (style.includes("@import")) throw refused("a style from elsewhere");
  for (let at = style.indexOf("url("); at !== -1; at = style.indexOf("url(", at + 4)) {
    const target = style.slice(at + 4, at + 60).trimStart().replace(/^["']/, "");
    if (!target.startsWith("#")) throw refused("a style with something from elsewhere");
  }
  if (style.includes("\\") && /[:{;]/.test(style)) throw refused("a style that hides what it says");
}

async function encodingOf(source: ByteSource): Promise<string> {
  for await (const [first, second] of source.read(0, Math.min(2, source.size))) {
    if (first === 0xff && second === 0xfe) return "utf-16le";
    if (first === 0xfe && second === 0xff) return "utf-16be";
    break;
  }
  return "utf-8";
}

function decode(text: () => string): string {
  try {
    return text();
  } catch {
    throw refused("letters that are not in UTF-8");
  }
}

function refused(what: string): AppError {
  return new AppError("unsupported", `the SVG has ${what}`);
}
