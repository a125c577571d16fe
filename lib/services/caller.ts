/** Asks a service at one of several addresses, in a bounded time. */
import { timeLeft } from "../deadline.ts";
import { AppError } from "../errors.ts";
import type { Log } from "../log.ts";
import { sleep, type Timers } from "../timers.ts";
import {
  type Address,
  AddressFailure,
  createAddress,
  type Question,
  type Reached,
  type Rest,
  type Said,
} from "./address.ts";
import { createDirectClient } from "./direct_client.ts";

export type How = {
  /** Doing it twice is the same as doing it once: it may be asked again where no answer came. */
  again: boolean;
  /** Milliseconds, all tries together. */
  within: number;
};

export interface Caller extends Disposable {
  /**
   * For Hono's typed client, made for `SERVICE_BASE`. What comes back is a success; everything else is
   * thrown, as an AppError: the service's own, or `unavailable` when none of its addresses answers.
   */
  fetch(how: How): typeof fetch;
  /** Resolves if somebody answers. */
  ping(): Promise<void>;
}

/** Takes the place of an address in what Hono's client is made for. */
export const SERVICE_BASE = "http://service";

/** Milliseconds, twice at most, before something is asked again: a service that starts has a moment. */
const PAUSE = 100;
/** Seconds after which it is worth trying again, for whoever asked us. */
const RETRY_AFTER = 2;
const REST: Rest = { failures: 3, first: 500, most: 5_000 };

export function createCaller(parts: {
  /** Its name in addresses and logs. */
  service: string;
  urls: readonly string[];
  token: () => Promise<string>;
  timers: Timers;
  log: Log;
  rest?: Rest;
}): Caller {
  const { service, urls, token, timers, log, rest = REST } = parts;
  const http = createDirectClient(timers);
  let addresses: readonly Address[] = urls.map((url) =>
    createAddress({ service, url, http, timers, log, rest })
  );

  const away = () =>
    new AppError("unavailable", `the ${service} service cannot be reached`, {
      retryAfter: RETRY_AFTER,
    });

  const ask = async (question: Question, how: How): Promise<Said> => {
    const end = performance.now() + Math.min(how.within, timeLeft());
    /** Times that it may still reach a service. */
    let tries = how.again ? 2 : 1;
    // Where no other can be asked instead, there is nothing to be careful for.
    const careful = !how.again && addresses.length > 1;
    let said: Said | undefined;
    while (true) {
      let reached: Reached = "not-asked";
      for (const address of addresses) {
        const left = end - performance.now();
        if (left <= 0) return said ?? { error: away() };
        try {
          // Half of the time, where another try can use the rest.
          said = await address.ask(question, tries > 1 ? left / 2 : left, careful);
          // Whoever answered is the first one asked the next time.
          addresses = [address, ...addresses.filter((other) => other !== address)];
          if (!("error" in said) || !isPassing(said.error)) return said;
        } catch (error) {
          if (!(error instanceof AddressFailure)) throw error;
          if (reached === "not-asked") reached = error.reached;
          if (error.reached !== "perhaps") continue;
        }
        reached = "perhaps";
        if (--tries === 0) return said ?? { error: away() };
        await pause(end);
      }
      if (reached === "perhaps") continue;
      // Nobody is there. Where that is news, it may be over in a moment.
      if (reached === "not-asked" || --tries === 0) return said ?? { error: away() };
      await pause(end);
    }
  };

  const pause = (end: number) =>
    sleep(timers, Math.min(PAUSE * (1 + timers.random()), Math.max(0, end - performance.now())));

  const callerFetch = (how: How) => async (input: RequestInfo | URL, init?: RequestInit) => {
    const request = new Request(input, init);
    const { pathname, search } = new URL(request.url);
    const body = await request.text();
    const said = await ask({
      path: pathname + search,
      method: request.method,
      headers: {
        authorization: `Bearer ${await token()}`,
        ...(body !== "" && { "content-type": "application/json" }),
      },
      body: body === "" ? undefined : body,
    }, how);
    if ("error" in said) throw said.error;
    return said.answer;
  };

  return {
    fetch: callerFetch,
    ping: async () => {
      await callerFetch({ again: true, within: 2_000 })(`${SERVICE_BASE}/internal/${service}`);
    },
    [Symbol.dispose]: () => http[Symbol.dispose](),
  };
}

/** Another moment, or another process, may answer otherwise. */
function isPassing({ code }: AppError): boolean {
  return code === "unavailable" || code === "timeout";
}
