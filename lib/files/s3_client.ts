/** What is asked of an S3-compatible server: each question once, in a bounded time. */
import { createHash } from "node:crypto";
import { AwsClient } from "aws4fetch";
import type { FilesConfig } from "../config.ts";
import type { Timers } from "../timers.ts";

export type S3Config = Extract<FilesConfig, { kind: "s3" }>;

export interface S3Client {
  put(key: string, bytes: Uint8Array<ArrayBuffer>, sums: Sums): Promise<void>;
  /** As they come. Ending the iteration early ends the answer. */
  get(key: string, start: number, end: number): AsyncIterable<Uint8Array<ArrayBuffer>>;
  /** Also of what is not there. */
  remove(key: string): Promise<void>;
  /** Whether the bucket is there, and may be used. */
  look(): Promise<void>;
}

/** Of the bytes of an object. They are summed up while they come: whoever does that once they are whole copies them. */
export interface Sums {
  /** In base64. */
  readonly md5: string;
  /** In hexadecimal digits. */
  readonly sha256: string;
}

/** What the server said instead of doing it. */
export class S3Refusal extends Error {
  override name = "S3Refusal";
  readonly status: number;
  /** Such as `SlowDown`; empty where it says none. */
  readonly code: string;

  constructor(method: string, status: number, code: string) {
    super(`the S3 server answered ${method} with ${status} ${code}`.trimEnd());
    this.status = status;
    this.code = code;
  }
}

/** It said nothing for too long. */
export class S3Silence extends Error {
  override name = "S3Silence";
}

/** Milliseconds for the head of an answer, and between one part of its body and the next. */
const ANSWERS_WITHIN = 15_000;
/** Milliseconds until it has taken an object and said so: 8 MiB over a slow line. */
const TAKES_WITHIN = 60_000;
/** Bytes of what it says about an error; more is none of our business. */
const LONGEST_REASON = 4_096;
const SHA256_OF_NOTHING = createHash("sha256").digest("hex");

export function createS3Client(config: S3Config, timers: Timers): S3Client {
  const { endpoint, region, bucket, accessKey, secretKey } = config;
  const signer = new AwsClient({
    accessKeyId: accessKey,
    secretAccessKey: secretKey,
    service: "s3",
    region,
  });

  const ask = async (
    question: {
      method: string;
      key?: string;
      headers?: Record<string, string>;
      body?: Uint8Array<ArrayBuffer>;
      sha256?: string;
    },
    within = ANSWERS_WITHIN,
  ) => {
    const { method, key, headers, body, sha256 = SHA256_OF_NOTHING } = question;
    // Without the body, of which it would make a copy, and a request that makes another.
    const signed = await signer.sign(
      // The bucket in the path, which every server knows; in the host's name, some do.
      key === undefined ? `${endpoint}/${bucket}` : `${endpoint}/${bucket}/${key}`,
      {
        method,
        // Signed with the rest, so that nobody on the way changes the bytes.
        headers: { ...headers, "x-amz-content-sha256": sha256 },
      },
    );
    const aborter = new AbortController();
    const callOff = timers.after(within, () => aborter.abort(silence(within)));
    try {
      // A server that points elsewhere would have us show the signature there.
      const response = await fetch(signed.url, {
        method,
        headers: signed.headers,
        ...(body !== undefined && { body }),
        signal: aborter.signal,
        redirect: "manual",
      });
      return { response, aborter };
    } finally {
      callOff();
    }
  };

  return {
    put: async (key, body, { md5, sha256 }) => {
      // Some look at no other checksum, and would keep what a bad line made of the bytes.
      const question = { method: "PUT", key, headers: { "content-md5": md5 }, body, sha256 };
      const { response, aborter } = await ask(question, TAKES_WITHIN);
      const reason = await readReason(response, aborter, timers);
      if (response.status !== 200) throw new S3Refusal("PUT", response.status, reason);
    },
    async *get(key, start, end) {
      const headers = { range: `bytes=${start}-${end - 1}` };
      const { response, aborter } = await ask({ method: "GET", key, headers });
      // Some say 200, and in the next line which part it is.
      if (!response.ok || !startsAt(response, start)) {
        const reason = await readReason(response, aborter, timers);
        throw new S3Refusal("GET", response.status, reason);
      }
      let at = start;
      for await (const chunk of bodyOf(response, aborter, timers)) {
        at += chunk.length;
        if (at > end) throw new S3Refusal("GET", response.status, "and more than it was asked for");
        yield chunk;
      }
    },
    remove: async (key) => {
      const { response, aborter } = await ask({ method: "DELETE", key });
      const reason = await readReason(response, aborter, timers);
      const gone = response.status === 404 && reason !== "NoSuchBucket";
      if (!response.ok && !gone) throw new S3Refusal("DELETE", response.status, reason);
    },
    look: async () => {
      const { response } = await ask({ method: "HEAD" });
      await response.body?.cancel();
      if (!response.ok) throw new S3Refusal("HEAD", response.status, "");
    },
  };
}

/** The code that an error's XML has; the rest may hold what was signed. */
async function readReason(
  response: Response,
  aborter: AbortController,
  timers: Timers,
): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of bodyOf(response, aborter, timers)) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length >= LONGEST_REASON) break;
  }
  return /<Code>(\w{1,64})<\/Code>/.exec(text)?.[1] ?? "";
}

async function* bodyOf(
  response: Response,
  aborter: AbortController,
  timers: Timers,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const reader = response.body?.getReader();
  if (reader === undefined) return;
  try {
    while (true) {
      const callOff = timers.after(ANSWERS_WITHIN, () => aborter.abort(silence(ANSWERS_WITHIN)));
      const { done, value } = await reader.read().finally(callOff);
      if (done) return;
      yield value;
    }
  } finally {
    // Of what was read to its end, or broke, nothing is left to be called off.
    await reader.cancel().catch(() => {});
  }
}

function startsAt(response: Response, start: number): boolean {
  return response.headers.get("content-range")?.startsWith(`bytes ${start}-`) ?? false;
}

function silence(ms: number): S3Silence {
  return new S3Silence(`the S3 server said nothing for ${ms} ms`);
}
