/** Requests of the tus protocol, as a program makes them that knows it. */
import type { Body } from "./api_server.ts";

export const BYTES = "application/offset+octet-stream";

export type TusAnswer = { status: number; headers: Headers; body: Body };

/** Bytes, or such as come one after another. */
export type TusBody = string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array<ArrayBuffer>>;

export type Tus = {
  readonly url: string;
  readonly token: string;
  ask(
    method: string,
    address: string,
    headers?: Record<string, string>,
    body?: TusBody,
  ): Promise<TusAnswer>;
  /** Makes an upload, and tells its address. */
  create(size: number, metadata?: Record<string, string>, more?: Record<string, string>): Promise<
    TusAnswer & { address: string; id: string }
  >;
  patch(
    address: string,
    offset: number,
    body: TusBody,
    more?: Record<string, string>,
  ): Promise<TusAnswer>;
  /** How far an upload is; undefined where it is none. */
  offset(address: string): Promise<number | undefined>;
};

/** @param origin where the server is @param token an access token */
export function createTus(origin: string, token: string): Tus {
  const url = `${origin}/api/v1/files`;
  const ask: Tus["ask"] = async (method, address, headers = {}, body) => {
    const response = await fetch(new URL(address, url), {
      method,
      headers: { authorization: `Bearer ${token}`, "tus-resumable": "1.0.0", ...headers },
      ...(body !== undefined && { body }),
    });
    const text = await response.text();
    const isJson = response.headers.get("content-type")?.includes("json") === true;
    return {
      status: response.status,
      headers: response.headers,
      body: (isJson && text !== "" ? JSON.parse(text) : text) as Body,
    };
  };
  return {
    url,
    token,
    ask,
    create: async (size, metadata = { filename: "a.bin" }, more = {}) => {
      const written = writeMetadata(metadata);
      const answer = await ask("POST", url, {
        "upload-length": String(size),
        ...(written !== "" && { "upload-metadata": written }),
        ...more,
      });
      const address = answer.headers.get("location") ?? "";
      return { ...answer, address, id: address.split("/").at(-1) ?? "" };
    },
    patch: (address, offset, body, more = {}) =>
      ask("PATCH", address, {
        "content-type": BYTES,
        "upload-offset": String(offset),
        ...more,
      }, body),
    offset: async (address) => {
      const { status, headers } = await ask("HEAD", address);
      return status === 200 ? Number(headers.get("upload-offset")) : undefined;
    },
  };
}

export function writeMetadata(metadata: Record<string, string>): string {
  return Object.entries(metadata).map(([name, value]) => {
    const bytes = new TextEncoder().encode(value);
    return `${name} ${btoa(String.fromCharCode(...bytes))}`;
  }).join(",");
}
