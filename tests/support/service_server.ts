/** Routes of one service, served on loopback as a process does it, and a caller of them. */
import type { Hono } from "hono";
import { answerNotFound, createErrorHandler } from "../../lib/http/answer_problem.ts";
import { listen } from "../../lib/listen.ts";
import type { Log } from "../../lib/log.ts";
import { type Caller, createCaller } from "../../lib/services/caller.ts";
import { createServiceTokens } from "../../lib/services/service_tokens.ts";
import { realTimers } from "../../lib/timers.ts";
import { createWebServer } from "../../lib/http/http_server.ts";
import { createFakeClock } from "./clock.ts";
import { createFakeLog } from "./fake_services.ts";
import { TEST_SECRET } from "./test_server.ts";

export interface ServiceServer extends AsyncDisposable {
  readonly url: string;
}

/** Of both sides. */
export const serviceTokens = createServiceTokens(TEST_SECRET, createFakeClock());

export async function serveRoutes(
  app: Pick<Hono, "fetch">,
  port = 0,
): Promise<ServiceServer> {
  const web = createWebServer(app.fetch, { sockets: false });
  const found = await listen(web.http, "127.0.0.1", port);
  return { url: `http://127.0.0.1:${found}`, [Symbol.asyncDispose]: web.finish };
}

/** What every process answers around its routes. */
export function answering(app: Hono, log: Log = createFakeLog()): Hono {
  return app.onError(createErrorHandler(log)).notFound(answerNotFound);
}

export function callerOf(
  service: string,
  urls: readonly string[],
  change: Partial<Parameters<typeof createCaller>[0]> = {},
): Caller {
  return createCaller({
    service,
    urls,
    token: () => serviceTokens.issue(service),
    timers: realTimers,
    log: createFakeLog(),
    ...change,
  });
}
