import { createHash } from "node:crypto";
import { AppError } from "../../errors.ts";
import { Id } from "../../protocol/model.ts";

/** What `Upload-Concat` says: a part of something, or the parts that are to be one. */
export type Concatenation = { readonly partial: true } | { readonly parts: readonly Id[] };

/** Parts of one file: programs send three or four at a time. */
const MOST = 100;

/** @throws AppError `invalid` */
export function readConcatenation(header: string | undefined): Concatenation | undefined {
  if (header === undefined) return undefined;
  if (header === "partial") return { partial: true };
  const list = /^final;(.+)$/.exec(header)?.[1];
  const parts = list?.trim().split(/ +/).map(partOf);
  if (parts === undefined || parts.length > MOST || new Set(parts).size < parts.length) {
    throw new AppError(
      "invalid",
      `Upload-Concat is "partial", or "final;" and the addresses of 1 to ${MOST} parts, each once`,
    );
  }
  return { parts };
}

/** Of an address, which may be relative, and which a proxy may have put somewhere else. */
function partOf(address: string): Id {
  const id = Id.safeParse(/^[^?#]*\/files\/([^/?#]+)$/.exec(address)?.[1]);
  if (id.success) return id.data;
  throw new AppError("invalid", "these cannot be put together", {
    errors: [{ path: "Upload-Concat", message: `${address} is not the address of an upload` }],
  });
}

/**
 * The id of what these parts become. Made of theirs, so that whoever asks again, because they did not
 * hear the answer, gets the same file and not another one. As a UUID version 8 (RFC 9562).
 */
export function idOfWhole(owner: Id, parts: readonly Id[]): Id {
  const hex = createHash("sha256").update([owner, ...parts].join(" ")).digest("hex");
  const variant = (parseInt(hex.slice(16, 17), 16) & 3 | 8).toString(16);
  const [a, b, c] = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(13, 16)];
  return `${a}-${b}-8${c}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
