import { Parser } from "htmlparser2";

/** What a page says about itself to those who link to it. */
export type PageFacts = {
  readonly title: string;
  readonly description: string;
  /** What the whole site is called; empty where it does not say. */
  readonly site: string;
  readonly image: URL | undefined;
};

/** Characters that are shown of each. */
const MOST = { title: 200, description: 400, site: 80 };
/**
 * Elements in which it has to have said it: many times what heads have. The parser takes time by the
 * square of how many are open, and a page of them would hold up everybody's messages for seconds.
 */
const ELEMENTS = 2_000;
/** Bytes in which a page has to say what it is written in (HTML, section 4.2.5.4). */
const CHARSET_WITHIN = 1024;

/**
 * Reads the head of a page: Open Graph (ogp.me), the names that Twitter gave the same, and what HTML
 * itself has.
 * @param type its `Content-Type`
 * @returns undefined for what has no title, and so nothing to show
 */
export function readPageFacts(
  bytes: Uint8Array<ArrayBuffer>,
  type: string,
  url: URL,
): PageFacts | undefined {
  const said = new Map<string, string>();
  let inTitle = false;
  let elements = 0;
  const parser: Parser = new Parser({
    onopentag: (name, attributes) => {
      if (name === "title") inTitle = !said.has("title");
      if (name === "body" || ++elements > ELEMENTS) parser.pause();
      const key = (attributes["property"] ?? attributes["name"])?.toLowerCase();
      const content = attributes["content"];
      if (name !== "meta" || key === undefined || content === undefined) return;
      if (!said.has(key) && content.trim() !== "") said.set(key, content);
    },
    ontext: (text) => {
      if (inTitle) said.set("title", (said.get("title") ?? "") + text);
    },
    onclosetag: (name) => {
      if (name === "title") inTitle = false;
      if (name === "head") parser.pause();
    },
  });
  parser.end(decode(bytes, type));
  const first = (...names: string[]) => {
    return names.map((name) => said.get(name)).find((value) => value !== undefined) ?? "";
  };
  const title = shown(first("og:title", "twitter:title", "title"), MOST.title);
  if (title === "") return undefined;
  return {
    title,
    description: shown(
      first("og:description", "twitter:description", "description"),
      MOST.description,
    ),
    site: shown(first("og:site_name", "application-name"), MOST.site),
    image: imageUrl(first("og:image", "og:image:url", "twitter:image", "twitter:image:src"), url),
  };
}

function decode(bytes: Uint8Array<ArrayBuffer>, type: string): string {
  const start = new TextDecoder("latin1").decode(bytes.subarray(0, CHARSET_WITHIN));
  const label = /charset\s*=\s*["']?([\w-]{1,40})/.exec(type)?.[1] ??
    /<meta[^>]{0,200}?charset\s*=\s*["']?([\w-]{1,40})/i.exec(start)?.[1] ?? "utf-8";
  try {
    return new TextDecoder(label).decode(bytes);
  } catch {
    // Nobody knows that name.
    return new TextDecoder().decode(bytes);
  }
}

/** One line, without what turns the direction of the words around it, and not without end. */
function shown(text: string, most: number): string {
  const line = text.replace(/[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}\s]+/gu, " ").trim()
    .toWellFormed();
  const characters = [...line];
  return characters.length <= most ? line : `${characters.slice(0, most - 1).join("")}…`;
}

function imageUrl(text: string, page: URL): URL | undefined {
  const url = text === "" ? null : URL.parse(text.trim(), page);
  return url !== null && /^https?:$/.test(url.protocol) ? url : undefined;
}
