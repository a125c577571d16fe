import { isRetryable } from "../lib/protocol/codes.ts";
import type { Challenge } from "../lib/protocol/model.ts";
import type { Timers } from "./timers.ts";

/** What the server, or the way to it, answered instead of what was asked for. */
export class ApiError extends Error {
  override name = "ApiError";
  /** One of the contract's stable codes; `unavailable` when there was no answer at all. */
  readonly code: string;
  /** The HTTP status, or 0. */
  readonly status: number;
  readonly errors: readonly { path: string; message: string }[] | undefined;
  /** Seconds. */
  readonly retryAfter: number | undefined;
  /** Whoever solves it may send the same request again at once, with the proof. */
  readonly challenge: Challenge | undefined;
  /** Why this session ended, where the server says so. */
  readonly because: string | undefined;

  constructor(problem: {
    code: string;
    status: number;
    message: string;
    errors?: { path: string; message: string }[] | undefined;
    retryAfter?: number | undefined;
    challenge?: Challenge | undefined;
    because?: string | undefined;
  }) {
    super(problem.message);
    this.code = problem.code;
    this.status = problem.status;
    this.errors = problem.errors;
    this.retryAfter = problem.retryAfter;
    this.challenge = problem.challenge;
    this.because = problem.because;
  }

  get retryable(): boolean {
    return isRetryable(this.code);
  }
}

/** Milliseconds. */
const PATIENCE = 20_000;
/** Milliseconds before a request goes out again whose answer was lost, if that was soon. */
const AGAIN_AFTER = 300;
const SOON_LOST = 5_000;
/** No answer came, or one of a proxy that got none: a gate is being restarted, and another is not. */
const LOST: ReadonlySet<number> = new Set([0, 502, 504]);

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/**
 * Sends one HTTP request of the contract.
 * @throws ApiError, and nothing else
 */
export type Send = <T>(method: Method, path: string, options?: SendingOptions) => Promise<T>;

type SendingOptions = {
  body?: unknown;
  accessToken?: string | undefined;
  /** Whether it is sent even if the page ends right after. */
  outlivesPage?: boolean;
  /** Whether it may be done twice, so that it is sent again when its answer is lost. */
  again?: boolean;
};

/** @param language what this person reads: mails that a request causes are written in it */
export function createSend(
  origin: string,
  fetch: typeof globalThis.fetch,
  timers: Timers,
  language?: () => string,
): Send {
  const once = async <T>(
    method: Method,
    path: string,
    { body, accessToken, outlivesPage = false }: SendingOptions,
  ): Promise<T> => {
    let response: Response;
    let text: string;
    const patience = new AbortController();
    const stop = timers.after(PATIENCE, () => patience.abort(new Error("no answer came")));
    try {
      response = await fetch(`${origin}/api/v1${path}`, {
        method,
        headers: {
          ...(body !== undefined && { "content-type": "application/json" }),
          ...(accessToken !== undefined && { authorization: `Bearer ${accessToken}` }),
          ...(language !== undefined && { "accept-language": language() }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        ...(outlivesPage && { keepalive: true }),
        signal: patience.signal,
      });
      text = await response.text();
    } catch (error) {
      throw unanswered(error);
    } finally {
      stop();
    }
    if (!response.ok) throw problemIn(response.status, response.headers.get("retry-after"), text);
    return parse(text) as T;
  };

  return async <T>(method: Method, path: string, options: SendingOptions = {}): Promise<T> => {
    const { again = method === "GET" || method === "PUT" } = options;
    const begun = timers.now();
    try {
      return await once<T>(method, path, options);
    } catch (error) {
      const lost = error instanceof ApiError && LOST.has(error.status);
      if (!again || !lost || timers.now() - begun > SOON_LOST) throw error;
      await new Promise<void>((resolve) => timers.after(AGAIN_AFTER, resolve));
      return await once<T>(method, path, options);
    }
  };
}

function parse(text: string): unknown {
  try {
    return text === "" ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Asks for something that is not JSON, and is read as it comes.
 * @throws ApiError, and nothing else; what breaks while it is read is for the reader
 */
export type FetchBytes = (path: string, accessToken: string) => Promise<Response>;

export function createFetchBytes(
  origin: string,
  fetch: typeof globalThis.fetch,
  timers: Timers,
): FetchBytes {
  return async (path, accessToken) => {
    const patience = new AbortController();
    const stop = timers.after(PATIENCE, () => patience.abort(new Error("no answer came")));
    let response: Response;
    try {
      const headers = { authorization: `Bearer ${accessToken}` };
      const { signal } = patience;
      response = await fetch(`${origin}/api/v1${path}`, { headers, signal });
    } catch (error) {
      throw unanswered(error);
    } finally {
      // Only the beginning of the answer is waited for: the rest may be long.
      stop();
    }
    if (response.ok) return response;
    const text = await response.text().catch(() => "");
    throw problemIn(response.status, response.headers.get("retry-after"), text);
  };
}

/** What a request comes to that got no answer. */
function unanswered(error: unknown): ApiError {
  const message = error instanceof Error ? error.message : String(error);
  return new ApiError({ code: "unavailable", status: 0, message });
}

/**
 * What an answer says that is no success. A proxy in between answers in its own words; its status
 * still says enough.
 */
export function problemIn(status: number, retryAfter: string | null, text: string): ApiError {
  const answer = parse(text);
  const problem = (typeof answer === "object" && answer !== null ? answer : {}) as Partial<{
    code: string;
    detail: string;
    errors: { path: string; message: string }[];
    retryAfter: number;
    challenge: Challenge;
    because: string;
  }>;
  return new ApiError({
    code: problem.code ??
      (status === 429 ? "rate-limited" : status >= 500 ? "unavailable" : "invalid"),
    status,
    message: problem.detail ?? `the server answered with status ${status}`,
    errors: problem.errors,
    retryAfter: problem.retryAfter ?? secondsIn(retryAfter),
    challenge: problem.challenge,
    because: problem.because,
  });
}

/** A date in it would need clocks that agree, and nothing that stands in front of a server sends one. */
function secondsIn(header: string | null): number | undefined {
  return header !== null && /^\d{1,5}$/.test(header) ? Number(header) : undefined;
}
