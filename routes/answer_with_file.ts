import type { Context } from "hono";
import { AppError } from "../lib/errors.ts";
import { servedAs } from "../lib/files/served_as.ts";
import { selectBytes } from "../lib/http/byte_range.ts";
import type { Id } from "../lib/protocol/model.ts";
import type { Env } from "./context.ts";
import type { Transfers } from "./transfers.ts";

/** What is answered with, whole or in part. */
export type Representation = {
  /** Names what is in it, and nothing else ever. */
  readonly etag: string;
  /** By what is in it. */
  readonly type: string;
  readonly name?: string;
  readonly size: number;
  /** Opens the bytes from `start` up to `end`. */
  read(start: number, end: number): AsyncIterable<Uint8Array<ArrayBuffer>>;
};

/** Whatever it is, it runs nothing, asks for nothing and sits in no frame. */
const POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'";

/** Answers a GET or a HEAD with bytes that somebody uploaded (RFC 9110 sections 13 to 15). */
export function answerWithFile(
  c: Context<Env>,
  transfers: Transfers,
  account: Id,
  shown: Representation,
): Response {
  const { size } = shown;
  const etag = `"${shown.etag}"`;
  const isHead = c.req.method === "HEAD";
  const selected = selectBytes(
    {
      // Defined for GET alone.
      range: isHead ? undefined : c.req.header("range"),
      ifRange: c.req.header("if-range"),
      ifNoneMatch: c.req.header("if-none-match"),
    },
    size,
    etag,
  );
  c.header("etag", etag);
  c.header("accept-ranges", "bytes");
  c.header("content-security-policy", POLICY);
  if (selected.kind === "unchanged") return c.body(null, 304);
  if (selected.kind === "none") {
    c.header("content-range", `bytes */${size}`);
    throw new AppError("invalid", `there are ${size} bytes, and not these`, { status: 416 });
  }
  const { start, end } = selected.kind === "part" ? selected.range : { start: 0, end: size };
  const { type, disposition } = servedAs(shown.type, shown.name);
  const headers = {
    "content-type": type,
    "content-disposition": disposition,
    "content-length": String(end - start),
    ...(selected.kind === "part" && { "content-range": `bytes ${start}-${end - 1}/${size}` }),
  };
  const status = selected.kind === "part" ? 206 : 200;
  if (isHead) return c.body(null, status, headers);
  const cut = () => c.env.outgoing.destroy();
  return c.body(transfers.begin(account, () => shown.read(start, end), cut), status, headers);
}
