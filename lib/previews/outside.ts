/**
 * Asks servers that strangers name. Such a name may lead anywhere, also to what only this machine can
 * reach (server-side request forgery, CWE-918): so a name is resolved once, all that it stands for has
 * to be public, and the connection goes to the address that was looked at, at each redirect anew.
 */
import { lookup } from "node:dns/promises";
import { type IncomingMessage, request as requestHttp, type RequestOptions } from "node:http";
import { request as requestHttps } from "node:https";
import { isIP } from "node:net";
import { isPublicAddress } from "./public_address.ts";

/** The world as this process reaches it. */
export type Outside = {
  /** All addresses of a name. */
  readonly resolve: (host: string) => Promise<readonly string[]>;
  readonly mayReach: (address: string, port: number) => boolean;
  /** Milliseconds for one answer, from the first name to the last byte. */
  readonly within: number;
  /** Certificates that count instead of the usual ones. */
  readonly ca?: string | undefined;
};

const WEB_PORTS: ReadonlySet<number> = new Set([80, 443]);

export const publicWeb: Outside = {
  resolve: async (host) => (await lookup(host, { all: true })).map(({ address }) => address),
  mayReach: (address, port) => WEB_PORTS.has(port) && isPublicAddress(address),
  within: 5_000,
};

export type Found = {
  /** Where it was, after all redirects. */
  readonly url: URL;
  /** Its `Content-Type`, in small letters. */
  readonly type: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Whether there was more than was asked for. */
  readonly cut: boolean;
};

const REDIRECTS = 3;
/** Answers that announce another one (RFC 8297), of which a server could send any number. */
const EARLY_HINTS = 5;

/**
 * @param options what is wanted of it, and how many bytes at most: what is more is left
 * @returns undefined where there is nothing to be had: nobody there, an error, a place that nobody may
 *   be sent to. It makes no difference to who asked, and tells them nothing about what is where.
 */
export async function getFromOutside(
  outside: Outside,
  url: URL,
  options: { accept: string; most: number },
): Promise<Found | undefined> {
  const signal = AbortSignal.timeout(outside.within);
  try {
    for (let next = url, redirects = 0; redirects <= REDIRECTS; redirects++) {
      const answer = await ask(outside, next, options.accept, signal);
      if (answer === undefined) return undefined;
      const { statusCode = 0, headers } = answer;
      if (statusCode === 200) return await readAnswer(answer, next, options.most, signal);
      answer.destroy();
      if (statusCode < 301 || statusCode > 308 || headers.location === undefined) return undefined;
      next = new URL(headers.location, next);
    }
  } catch {
    // Whatever went wrong out there.
  }
  return undefined;
}

async function ask(
  outside: Outside,
  url: URL,
  accept: string,
  signal: AbortSignal,
): Promise<IncomingMessage | undefined> {
  const secure = url.protocol === "https:";
  if (!secure && url.protocol !== "http:" || url.username !== "" || url.password !== "") {
    return undefined;
  }
  const port = Number(url.port) || (secure ? 443 : 80);
  const name = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const addresses = isIP(name) === 0 ? await beforeAbort(signal, outside.resolve(name)) : [name];
  // One that is not public among others that are is a trick, or a mistake.
  if (!addresses.every((one) => outside.mayReach(one, port))) return undefined;
  const options: RequestOptions = {
    port,
    path: url.pathname + url.search,
    agent: false,
    signal,
    headers: {
      host: url.host,
      accept,
      "accept-encoding": "identity",
      "user-agent": "Mozilla/5.0 (compatible; Parley link preview)",
    },
  };
  // The certificate is the name's, whichever address it was found at.
  const tls = {
    ...(isIP(name) === 0 && { servername: name }),
    ...(outside.ca && { ca: outside.ca }),
  };
  let last: unknown;
  for (const host of addresses) {
    try {
      return await send(
        { ...options, host, ...(secure && tls) },
        secure ? requestHttps : requestHttp,
      );
    } catch (error) {
      // This machine may have no way to addresses of that kind.
      signal.throwIfAborted();
      last = error;
    }
  }
  if (last !== undefined) throw last;
  return undefined;
}

function send(
  options: RequestOptions & { servername?: string; ca?: string },
  begin: typeof requestHttp,
): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const request = begin(options, resolve);
  let early = 0;
  request.on("information", () => {
    if (++early > EARLY_HINTS) request.destroy(new Error("it never comes to an answer"));
  });
  request.on("error", reject);
  request.end();
  return promise;
}

async function readAnswer(
  answer: IncomingMessage,
  url: URL,
  most: number,
  signal: AbortSignal,
): Promise<Found | undefined> {
  const encoding = answer.headers["content-encoding"] ?? "identity";
  const type = (answer.headers["content-type"] ?? "").toLowerCase();
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    // What is packed could be of any size, and was not asked for.
    if (encoding !== "identity") return undefined;
    for await (const chunk of answer) {
      signal.throwIfAborted();
      chunks.push(chunk);
      size += chunk.length;
      if (size > most) break;
    }
  } finally {
    answer.destroy();
  }
  const bytes = new Uint8Array(Math.min(size, most));
  let at = 0;
  for (const chunk of chunks) {
    const part = chunk.subarray(0, most - at);
    bytes.set(part, at);
    at += part.length;
  }
  return { url, type, bytes, cut: size > most };
}

/** Names are looked up by the system, which cannot be told that nobody waits any more. */
async function beforeAbort<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const { promise: over, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener("abort", onAbort);
  try {
    signal.throwIfAborted();
    return await Promise.race([work, over]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
