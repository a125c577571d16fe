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
import { type DirectAnswer, type DirectClient, NotConnected } from "./direct_client.ts";

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
  /** It had so little time that it says nothing about the address. */
  readonly hasty: boolean;

  constructor(message: string, reached: Reached, hasty = false) {
    super(message);
    this.reached = reached;
    this.hasty = hasty;
  }
}

export interface Address {
  /**
   * @param careful asks first whether anybody is there, unless that is known: for a question that must
   *   not be asked at another address once this one may have got it
   * @throws AddressFailure
   */
  ask(question: Question, within: number, careful: boolean): Promise<Said>;
}

/** How soon an address that fails is left alone, and for how long. */
export type Rest = {
  failures: number;
  /** Milliseconds; doubled each time that it fails again, up to `most`. */
  first: number;
  most: number;
};

/** Milliseconds for which an address that answered is taken for one that answers. */
const HEARD_FOR = 2_000;
/** Milliseconds for the question whether anybody is there. */
const PING_WITHIN = 1_000;
/** Milliseconds: a healthy service may need more. */
const HASTY = 300;

export function createAddress(parts: {
  service: string;
  url: string;
  http: DirectClient;
  timers: Timers;
  log: Log;
  rest: Rest;
}): Address {
  const { service, url, http, timers, log, rest } = parts;
  // Of one that is being tried again everything counts: what does not would pass for an answer.
  const counts = (error: unknown) =>
    error instanceof AddressFailure && !(error.hasty && breaker.state === CircuitState.Closed);
  const breaker = circuitBreaker(handleWhen(counts), {
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
  let heardAt = -Infinity;
  let pinging: Promise<unknown> | undefined;

  const send = async (question: Question, within: number): Promise<Said> => {
    const abort = new AbortController();
    const callOff = timers.after(within, () => abort.abort(new Error("it did not answer in time")));
    try {
      const { path, method, headers, body } = question;
      const answer = await http.send(new URL(path, url), {
        method,
        headers: { ...headers, deadline: String(toldOf(within)) },
        body,
        signal: abort.signal,
      });
      heardAt = performance.now();
      const said = readSaid(answer);
      refusedToken &&= answer.status === 401;
      return said;
    } catch (error) {
      heardAt = -Infinity;
      const failure = error instanceof AddressFailure ? error : new AddressFailure(
        messageOf(error),
        error instanceof NotConnected ? "no" : "perhaps",
        abort.signal.aborted && within < HASTY,
      );
      if (failure instanceof TokenRefused && !refusedToken) {
        refusedToken = true;
        log.error("service.token-refused", {
          service,
          address: url,
          hint: "PARLEY_SECRET must be the same in both processes, and their clocks must agree",
        });
      }
      throw failure;
    } finally {
      callOff();
    }
  };

  /** One for all who want to know at the moment. */
  const ping = async ({ headers: { authorization = "" } }: Question, within: number) => {
    const question = {
      path: `/internal/${service}`,
      method: "GET",
      headers: { authorization },
      body: undefined,
    };
    pinging ??= send(question, Math.min(PING_WITHIN, within / 2))
      .finally(() => pinging = undefined);
    try {
      await pinging;
    } catch (error) {
      if (!(error instanceof AddressFailure) || error.reached === "no") throw error;
      throw new AddressFailure(error.message, "no", error.hasty);
    }
  };

  return {
    ask: async (question, within, careful) => {
      // One question at a time tries an address that has rested; the others do not wait for that.
      if (breaker.state === CircuitState.HalfOpen) throw resting();
      const end = performance.now() + within;
      try {
        return await breaker.execute(async () => {
          if (careful && performance.now() - heardAt > HEARD_FOR) await ping(question, within);
          return await send(question, end - performance.now());
        });
      } catch (error) {
        throw error instanceof BrokenCircuitError ? resting() : error;
      }
    },
  };
}

/**
 * What a service is told of the time that it has. Relative: clocks that differ do no harm. Less than
 * we wait: that it is late is then an answer of a service that is there, and not the silence of one
 * that is not.
 */
function toldOf(within: number): number {
  return Math.max(1, Math.floor(Math.min(within * 0.9, within - 250)));
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

function readSaid({ status, type, text }: DirectAnswer): Said {
  if (status === 204) return { answer: new Response(null, { status }) };
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
