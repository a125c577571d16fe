/** Wires the services together: which part stands on which, and which of them this process runs. */
import { Hono } from "hono";
import { startChatNode } from "./chat/node.ts";
import { attachWebSockets } from "./chat/socket/ws_socket.ts";
import project from "./deno.json" with { type: "json" };
import { startAnnouncer } from "./lib/bus/announcer.ts";
import { createClientAddress } from "./lib/client_address.ts";
import { type Config, ROLES } from "./lib/config.ts";
import { type Context, openContext, type Parts } from "./lib/context.ts";
import { answerNotFound, createErrorHandler } from "./lib/http/answer_problem.ts";
import { noStoreUnlessSaid } from "./lib/http/no_store.ts";
import { endWithin } from "./lib/end_within.ts";
import { inspect } from "./lib/files/content/inspect.ts";
import { createUploads } from "./lib/files/uploads/uploads.ts";
import { dependenciesOf } from "./lib/http/dependencies.ts";
import { health } from "./lib/http/health.ts";
import { logRequests } from "./lib/http/log_requests.ts";
import { requestId } from "./lib/http/request_id.ts";
import { createWebServer, type WebServer } from "./lib/http/http_server.ts";
import { startEventLoopDelay } from "./lib/event_loop_delay.ts";
import { listen } from "./lib/listen.ts";
import { createPreviews, noPreviews } from "./lib/previews/previews.ts";
import { publicWeb } from "./lib/previews/outside.ts";
import { createAllowOrigin } from "./lib/origins.ts";
import { startReport } from "./lib/report.ts";
import { type Caller, createCaller } from "./lib/services/caller.ts";
import { createChatStore } from "./lib/sql/chat_store.ts";
import { realTimers, sleep } from "./lib/timers.ts";
import { createApp } from "./routes/app.ts";
import { startDeletions } from "./routes/carry_out_deletions.ts";
import { devMailbox } from "./routes/dev_mailbox.ts";
import { createFailedSignIns } from "./routes/failed_sign_ins.ts";
import { isUpload } from "./routes/is_upload.ts";
import { pageHeaders } from "./routes/guard.ts";
import { startSweep } from "./routes/sweep_files.ts";
import { statusRoutes } from "./status/http.ts";
import { remoteStatus } from "./status/remote.ts";
import { createStatus, type Status } from "./status/service.ts";
import { type Challenges, createChallenges } from "./verify/challenge.ts";
import { verifyRoutes } from "./verify/http.ts";
import { createLimits, type SharedLimits } from "./verify/limits.ts";
import { limitsRoutes } from "./verify/limits_http.ts";
import { remoteLimits } from "./verify/limits_remote.ts";
import { createLocalLimits, type LocalLimits } from "./verify/local_limits.ts";
import { createSignIns, type SignIns, unlimitedSignIns } from "./verify/sign_ins.ts";
import type { Mailbox } from "./verify/mail/mailbox.ts";
import { openMail } from "./verify/mail/open.ts";
import { remoteVerify } from "./verify/remote.ts";
import { createVerify, type Verify } from "./verify/service.ts";

export interface Server extends AsyncDisposable {
  readonly port: number;
  readonly report: string;
}

/**
 * Milliseconds for the whole end of a server: to drain, to answer, to leave and to close. What is left
 * then are connections to those who do not answer.
 */
export const SERVER_ENDS_WITHIN = 9_000;
/**
 * Milliseconds that proxies have to send their requests to another gate: more than those 2 s for which
 * deploy/nginx.conf keeps an idle connection. Of a shorter time some would meet the end of theirs.
 */
const GATE_LEAVES = 2_500;

const NOT_TRUSTED =
  "it sends X-Forwarded-For, which is not believed: if it is your proxy, everybody who comes by it " +
  "counts as one; name it in PARLEY_TRUSTED_PROXIES";

/** Starts what `config.roles` names; disposing drains and closes it. @throws StartError */
export async function startServer(config: Config, parts: Parts): Promise<Server> {
  await using cleanup = new AsyncDisposableStack();
  const context = cleanup.use(await openContext(config, parts));
  const services = cleanup.use(await openServices(context, parts.isolate));
  const { roles } = config;
  const { id, url, ...node } = config.node;
  const origin = parts.isolate ?? id;
  const allowOrigin = createAllowOrigin(config);
  const clientAddress = createClientAddress(
    config.trustedProxies,
    (peer) => context.log.warn("proxy.not-trusted", { peer, reason: NOT_TRUSTED }),
  );
  const app = createProcessApp(context, services, () => web.draining);

  const { bus, files } = context;
  let chat: Awaited<ReturnType<typeof startChatNode>> | undefined;
  if (bus !== undefined) {
    const announcer = cleanup.use(startAnnouncer(bus, origin, realTimers));
    const talk = { ...context, ...services, bus, announcer, allowOrigin };
    if (roles.has("chat")) {
      const delay = parts.delay ?? cleanup.use(startEventLoopDelay(realTimers)).now;
      chat = cleanup.use(
        await startChatNode({
          ...talk,
          store: createChatStore(context.database, context.epoch),
          timers: realTimers,
          self: { origin, node: id, url: url ?? null, ...node },
          limits: config.limits,
          take: config.limits ? services.limits.take : undefined,
          delay,
        }),
      );
    }
    if (files !== undefined) {
      const page = new URL("./web/dist/", import.meta.url);
      const failedSignIns = cleanup.use(createFailedSignIns(talk, realTimers));
      const { version } = project;
      const uploads = createUploads({ ...context, store: files, timers: realTimers, inspect });
      const { outside = publicWeb } = parts;
      const previews = config.previews
        ? createPreviews({ ...context, files, outside })
        : noPreviews;
      const gate = {
        ...talk,
        files,
        uploads,
        previews,
        failedSignIns,
        clientAddress,
        page,
        version,
      };
      app.route("/", createApp(gate));
      cleanup.use(startDeletions(talk, realTimers));
      cleanup.use(startSweep(gate, realTimers));
    }
  }

  const takesItsTime = roles.has("gate") ? isUpload : undefined;
  const web: WebServer = createWebServer(app.fetch, {
    sockets: chat !== undefined,
    ...(takesItsTime && { takesItsTime }),
  });
  if (chat !== undefined) {
    cleanup.use(attachWebSockets(web.http, "/api/v1/chat", chat.upgrade, clientAddress));
  }
  const port = await listen(web.http, config.host, config.port, parts.isolate !== undefined);
  await chat?.register();
  cleanup.defer(web.finish);
  cleanup.defer(async () => {
    web.drain();
    const hasOthers = await chat?.retire() ?? true;
    const leaving = roles.has("gate") && hasOthers ? sleep(realTimers, GATE_LEAVES) : undefined;
    await Promise.all([leaving, chat?.drain()]);
  });
  const resources = cleanup.move();
  const facts = {
    version: project.version,
    port,
    database: context.database.description,
    mailbox: services.mailbox !== undefined,
    clock: context.clock.notice(),
  };
  return {
    port,
    report: startReport(config, facts),
    [Symbol.asyncDispose]: () =>
      endWithin(SERVER_ENDS_WITHIN, resources, { log: context.log, timers: realTimers }),
  };
}

/** Status and verify, here or in another process: whoever asks them cannot tell. */
interface Services extends AsyncDisposable {
  readonly status: Status;
  readonly verify: Verify;
  /** What this process counts, and what all of them do. */
  readonly limits: LocalLimits;
  readonly signIns: SignIns;
  readonly shared: { limits: SharedLimits; challenges: Challenges };
  readonly mailbox: Mailbox | undefined;
  /** Those that are elsewhere. */
  readonly callers: ReadonlyMap<"status" | "verify", Caller>;
}

async function openServices(context: Context, isolate: string | undefined): Promise<Services> {
  await using cleanup = new AsyncDisposableStack();
  const { config, kv, clock, log, serviceTokens, tokens } = context;
  const callers = new Map<"status" | "verify", Caller>();
  const callerOf = (service: "status" | "verify", urls: readonly string[]) => {
    const token = () => serviceTokens.issue(service);
    return cleanup.use(createCaller({ service, urls, token, timers: realTimers, log }));
  };
  const call = (service: "status" | "verify", urls: readonly string[]) => {
    const caller = callerOf(service, urls);
    // A process that asks nobody has no addresses.
    if (urls.length > 0) callers.set(service, caller);
    return caller;
  };
  const status = kv !== undefined && config.roles.has("status")
    ? createStatus({ ...context, kv, timers: realTimers, balance: config.balance })
    : remoteStatus(call("status", config.statusUrls));
  const channel = isolate && `mailbox of ${config.node.id}`;
  const mail = config.roles.has("verify")
    ? cleanup.use(await openMail(context, channel))
    : undefined;
  const verify = kv !== undefined && mail !== undefined
    ? createVerify({ ...context, kv, post: mail.post, limits: config.limits })
    : remoteVerify(call("verify", config.verifyUrls));
  const shared = kv !== undefined && config.roles.has("verify")
    ? { limits: createLimits({ kv, clock }), challenges: createChallenges({ kv, clock, tokens }) }
    // With a caller of its own: who counts is impatient, and that is no reason to let codes wait.
    : remoteLimits(callerOf("verify", config.verifyUrls));
  const limits = cleanup.use(
    createLocalLimits({ shared: shared.limits, clock, timers: realTimers, log }),
  );
  const resources = cleanup.move();
  return {
    status,
    verify,
    limits,
    signIns: config.limits
      ? createSignIns({ limits, challenges: shared.challenges })
      : unlimitedSignIns,
    shared,
    mailbox: mail?.mailbox,
    callers,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/** What every process answers, and what this one has for the others. The gate's routes come behind. */
function createProcessApp(context: Context, services: Services, draining: () => boolean) {
  const { config: { roles, bus }, clock, log, serviceTokens } = context;
  const app = new Hono()
    .onError(createErrorHandler(log))
    .notFound(answerNotFound)
    .use(requestId())
    .use(logRequests(log))
    .use(pageHeaders)
    .use(noStoreUnlessSaid)
    .route("/", health(dependenciesOf(context, services.callers), draining, clock.notice));
  // Where everything is in this one process nobody has to be let in.
  const hasCallers = roles.size < ROLES.length || bus.kind === "nats";
  if (hasCallers && roles.has("status")) {
    app.route("/internal/status", statusRoutes(services.status, serviceTokens));
  }
  if (hasCallers && roles.has("verify")) {
    const { limits, challenges } = services.shared;
    app.route("/internal/verify/limits", limitsRoutes(limits, challenges, serviceTokens));
    app.route("/internal/verify", verifyRoutes(services.verify, serviceTokens));
  }
  if (services.mailbox !== undefined) app.route("/dev", devMailbox(services.mailbox));
  return app;
}
