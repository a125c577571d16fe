/** Which bytes of a representation a request is answered with (RFC 9110 sections 13 and 14). */

export type ByteRange = { readonly start: number; readonly end: number };

/** What a request says that decides it, as `headers.get` has it. */
export type Preconditions = {
  readonly range: string | undefined;
  readonly ifRange: string | undefined;
  readonly ifNoneMatch: string | undefined;
};

export type Selected =
  /** Whoever asks has it already. */
  | { readonly kind: "unchanged" }
  | { readonly kind: "whole" }
  | { readonly kind: "part"; readonly range: ByteRange }
  /** There are no such bytes. */
  | { readonly kind: "none" };

/**
 * @param size in bytes
 * @param etag a strong one, in its quotes
 */
export function selectBytes(asked: Preconditions, size: number, etag: string): Selected {
  if (isAmong(etag, asked.ifNoneMatch)) return { kind: "unchanged" };
  // What was fetched before is of something else: a part of this one would not go with it. A date says
  // too little to know that.
  if (asked.ifRange !== undefined && asked.ifRange !== etag) return { kind: "whole" };
  return readRange(asked.range, size);
}

function isAmong(etag: string, list: string | undefined): boolean {
  if (list === undefined) return false;
  if (list.trim() === "*") return true;
  return list.split(",").some((each) => each.trim().replace(/^W\//, "") === etag);
}

/** One range. Several are answered with everything, as what cannot be read is. */
function readRange(header: string | undefined, size: number): Selected {
  const [, first = "", last = ""] = /^bytes=\s*(\d*)-(\d*)\s*$/i.exec(header ?? "") ?? [];
  if (first === "" && last === "") return { kind: "whole" };
  if (first === "") {
    const suffix = Number(last);
    if (suffix === 0) return { kind: "none" };
    // Of nothing there is no part that could be named.
    if (size === 0) return { kind: "whole" };
    return { kind: "part", range: { start: Math.max(0, size - suffix), end: size } };
  }
  const start = Number(first);
  if (last !== "" && Number(last) < start) return { kind: "whole" };
  if (start >= size) return { kind: "none" };
  const end = last === "" ? size : Math.min(size, Number(last) + 1);
  return { kind: "part", range: { start, end } };
}
