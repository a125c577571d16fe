/**
 * What a browser may show by itself, and what it is told that the rest is. Everything else is bytes to be
 * saved: under a type of its own a script, a style or a page that somebody uploaded would run as if it
 * were this server's.
 */
const SHOWN: ReadonlySet<string> = new Set([
  "image/png",
  "image/jpeg",
  "image/gif",
  "image/webp",
  "image/avif",
  "audio/mpeg",
  "audio/mp4",
  "audio/x-m4a",
  "audio/aac",
  "audio/ogg",
  "audio/opus",
  "audio/webm",
  "audio/wav",
  "audio/vnd.wave",
  "audio/x-wav",
  "audio/flac",
  "audio/x-flac",
  "video/mp4",
  "video/webm",
  "video/ogg",
  "video/quicktime",
]);

const BYTES = "application/octet-stream";

/** @param type by what is in it, such as `image/png` */
export function servedAs(type: string, name?: string): { type: string; disposition: string } {
  const shown = SHOWN.has(type);
  return {
    type: shown ? type : BYTES,
    disposition: (shown ? "inline" : "attachment") + (name === undefined ? "" : nameOf(name)),
  };
}

/** As it is for who reads RFC 8187, and in ASCII for who does not (RFC 6266, appendix D). */
function nameOf(name: string): string {
  const plain = name.replace(/[^ -~]|["\\%]/gu, "_");
  const exact = encodeURIComponent(name.toWellFormed())
    .replace(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  return `; filename="${plain}"; filename*=UTF-8''${exact}`;
}
