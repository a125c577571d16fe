/** One address of a service: asks it, tells its answers from its failures, and lets it rest. */
import {
  BrokenCircuitError,
  circuitBreaker,
  CircuitState,
  ConsecutiveBreaker,
  ExponentialBackoff,
  handleWhen,
} from "cockatiel";
import * as z from "zod";
import { AppError, messageOf } from "../errors.ts";
import type { Log } from "../log.ts";
import { ERROR_STATUS, type ErrorCode } from "../protocol/codes.ts";
import type { Timers } from "../timers.ts";

export type Question = {
  /** Path and query. */
  path: string;
  method: string;
  headers: Record<string, string>;
  body: string | undefined;
};

/** What the service said: an answer, or an error that it answers with. */
export type Said = { answer: Response } | { error: AppError };

/**
 * Whether the service got the question: it was not asked, it cannot have got it, or it may have, and
 * may have done what is asked for.
 */
export type Reached = "not-asked" | "no" | "perhaps";

/** Nothing that the service said. */
export class AddressFailure extends Error {
  override name = "AddressFailure";
  readonly reached: Reached;

  constructor(message: string, reached: Reached) {
    super(message);
    this.reached = reached;
  }
}

export interface Address {
  /** @throws AddressFailure */
  ask(question: Question, within: number): Promise<Said>;
}

/** How soon an address that fails is left alone, and for how long. */
export type Rest = {
  failures: number;
  /** Milliseconds; doubled each time that it fails again, up to `most`. */
  first: number;
  most: number;
};

export function createAddress(parts: {
  service: string;
  url: string;
  http: Deno.HttpClient;
  timers: Timers;
  log: Log;
  rest: Rest;
}): Address {
  const { service, url, http, timers, log, rest } = parts;
  const breaker = circuitBreaker(handleWhen((error) => error instanceof AddressFailure), {
    breaker: new ConsecutiveBreaker(rest.failures),
    halfOpenAfter: new ExponentialBackoff({ initialDelay: rest.first, maxDelay: rest.most }),
  });
  let away = false;
  breaker.onBreak((reason) => {
    if (away) return;
    away = true;
    const error = "error" in reason ? messageOf(reason.error) : "";
    log.warn("service.away", { service, address: url, error });
  });
  breaker.onReset(() => {
    away = false;
    log.info("service.back", { service, address: url });
  });
  let refusedToken = false;

  const ask = async (question: Question, within: number): Promise<Said> => {
    const abort = new AbortController();
    const callOff = timers.after(within, () => abort.abort(new Error("it did not answer in time")));
    try {
      const { path, method, headers, body } = question;
      const response = await fetch(new URL(path, url), {
        client: http,
        method,
        // Relative: clocks that differ do no harm. A little less than we wait: that it is late is then
        // an answer of a service that is there, and not the silence of one that is not.
        headers: { ...headers, deadline: String(Math.max(1, Math.floor(within * 0.9))) },
        ...(body !== undefined && { body }),
        // The token is for this address alone.
        redirect: "manual",
        signal: abort.signal,
      });
      const said = await readSaid(response);
      refusedToken &&= response.status === 401;
      return said;
    } catch (error) {
      const failure = error instanceof AddressFailure
        ? error
        : new AddressFailure(reasonOf(error), neverConnected(error) ? "no" : "perhaps");
      if (failure instanceof TokenRefused && !refusedToken) {
        refusedToken = true;
        log.error("service.token-refused", {
          service,
          address: url,
          hint: "PARLEY_SECRET must be the same in both processes",
        });
      }
      throw failure;
    } finally {
      callOff();
    }
  };

  return {
    ask: async (question, within) => {
      // One question at a time tries an address that has rested; the others do not wait for that.
      if (breaker.state === CircuitState.HalfOpen) throw resting();
      try {
        return await breaker.execute(() => ask(question, within));
      } catch (error) {
        throw error instanceof BrokenCircuitError ? resting() : error;
      }
    },
  };
}

function resting(): AddressFailure {
  return new AddressFailure("it has failed and is left alone for a while", "not-asked");
}

/** Nothing was done: the service does not even look at what comes without a token of its own. */
class TokenRefused extends AddressFailure {
  constructor() {
    super("it refuses the service token", "no");
  }
}

const Told = z.object({
  code: z.enum(Object.keys(ERROR_STATUS) as [ErrorCode, ...ErrorCode[]]),
  detail: z.string(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  retryAfter: z.number().optional(),
});

async function readSaid(response: Response): Promise<Said> {
  // Whole and here, so that the bound is for the body, too.
  const text = await response.text();
  const { status, headers } = response;
  if (status === 204) return { answer: new Response(null, { status }) };
  const type = headers.get("content-type") ?? "";
  if (status < 300 && type.startsWith("application/json")) {
    return { answer: new Response(text, { status, headers: { "content-type": type } }) };
  }
  const told = type.startsWith("application/problem+json") ? parseTold(text) : undefined;
  if (told === undefined) {
    throw new AddressFailure(
      `it answers ${status}, and not as a service of Parley does`,
      "perhaps",
    );
  }
  if (told.code === "unauthenticated") throw new TokenRefused();
  const { code, detail, errors, retryAfter } = told;
  const more = { ...(errors && { errors }), ...(retryAfter !== undefined && { retryAfter }) };
  return { error: new AppError(code, detail, more) };
}

function parseTold(text: string): z.infer<typeof Told> | undefined {
  try {
    return Told.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/**
 * The connection was refused, or its name is unknown: nothing was sent. Deno says so in words alone;
 * other words are taken for "may have been sent", which is safe.
 */
function neverConnected(error: unknown): boolean {
  return error instanceof Error && messageOf(error.cause).includes("client error (Connect)");
}

function reasonOf(error: unknown): string {
  return error instanceof Error && error.cause !== undefined
    ? messageOf(error.cause)
    : messageOf(error);
}
