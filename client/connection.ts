import {
  CLOSE,
  closeAction,
  isRetryable,
  SUBPROTOCOL,
  TICKET_SUBPROTOCOL_PREFIX,
} from "../lib/protocol/codes.ts";
import type {
  Answers,
  ClientFrameInput,
  ClientFrameType,
  ServerFrame,
  SessionReady,
} from "../lib/protocol/frames.ts";
import { ApiError } from "./api.ts";
import { createAvoided } from "./avoided.ts";
import { backoff, type Timers } from "./timers.ts";
import type { OpenWire, Wire } from "./transport.ts";
import type { ConnectionState } from "./views.ts";

export type Ticket = { url: string; ticket: string; node: string };

/** An event of the server: every frame but the answers and the first. */
export type ServerEvent = Exclude<
  ServerFrame,
  { type: "ok" } | { type: "error" } | { type: "pong" } | { type: "session.ready" }
>;

/** Keeps one socket to some chat node open, and says what came through it. */
export interface Connection {
  state(): ConnectionState;
  start(): void;
  stop(): void;
  retryNow(): void;
  /**
   * Sends a frame and waits for its answer.
   * @throws ApiError; `unavailable` when the connection is or gets lost: it may have been done
   */
  request: Request;
  /**
   * Resolves at once or when the connection is there again, to whether it is: not if it was given up,
   * nor after `within` milliseconds.
   */
  back(within: number): Promise<boolean>;
}

export type Request = <T extends ClientFrameType>(
  type: T,
  fields: Omit<ClientFrameInput<T>, "type" | "ref">,
) => Promise<Answers[T]>;

export interface ConnectionListener {
  changed(state: ConnectionState): void;
  ready(frame: SessionReady): void;
  event(frame: ServerEvent): void;
  /** The access token is not good enough any more. */
  distrust(): void;
  /** The server ended the session. */
  ended(): void;
}

/** Milliseconds. */
const READY_WITHIN = 15_000;
const ANSWER_WITHIN = 40_000;
/**
 * Milliseconds for the handshake of the first try: whoever is sent to a machine that has gone, and
 * answers nothing, goes on to another. Twice as much each time, for networks that are merely slow.
 */
const OPEN_WITHIN = 4_000;
/** Milliseconds over which the clients of a node that died come back, so that they do not all at once. */
const RETURN_SPREAD = 1_000;

type Waiter = {
  resolve: (answer: never) => void;
  reject: (error: ApiError) => void;
  cancel(): void;
};

export function createConnection(parts: {
  takeTicket: (exclude: string[]) => Promise<Ticket>;
  openWire: OpenWire;
  timers: Timers;
  listener: ConnectionListener;
}): Connection {
  const { takeTicket, openWire, timers, listener } = parts;
  let state: ConnectionState = { name: "idle" };
  /** Counts tries, so that what belongs to an earlier one is ignored. */
  let epoch = 0;
  let attempt = 0;
  let wire: Wire | undefined;
  let node: string | undefined;
  const avoided = createAvoided(timers);
  let lastRef = 0;
  const waiters = new Map<number, Waiter>();
  let timer = () => {};
  /** When a draining node asked this client to be back, which it may not do any earlier. */
  let leaveAt = 0;
  let leaving = () => {};

  const waitingForIt = new Set<(isBack: boolean) => void>();

  const tell = () => {
    if (state.name !== "connecting" && state.name !== "waiting") {
      for (const settle of waitingForIt) settle(state.name === "ready");
    }
    listener.changed(state);
  };

  const become = (next: ConnectionState) => {
    state = next;
    tell();
  };

  const drop = () => {
    epoch++;
    timer();
    leaving();
    const old = wire;
    wire = undefined;
    old?.close();
    const lost = [...waiters.values()];
    waiters.clear();
    for (const waiter of lost) {
      waiter.cancel();
      waiter.reject(new ApiError({ code: "unavailable", status: 0, message: "connection lost" }));
    }
  };

  /** Waits a little by chance, and `after` milliseconds besides where the server asked for that. */
  const tryAgain = (after = 0) => {
    const wasReady = state.name === "ready";
    attempt++;
    const chance = wasReady
      ? Math.round(timers.random() * RETURN_SPREAD)
      : backoff(attempt, timers);
    waitFor(after + chance);
  };

  const waitFor = (wait: number) => {
    drop();
    timer = timers.after(wait, () => void open());
    become({ name: "waiting", retryAt: timers.now() + wait, attempt });
  };

  /** The node is gone, or cannot be reached from here: another one comes next. */
  const lose = () => {
    if (node !== undefined) avoided.add(node);
    tryAgain();
  };

  const halt = (code: number) => {
    drop();
    become({ name: "stopped", code });
  };

  const open = async () => {
    drop();
    const own = epoch;
    become({ name: "connecting", attempt });
    let ticket: Ticket;
    try {
      ticket = await takeTicket(avoided.list());
    } catch (error) {
      if (own !== epoch) return;
      const known = error instanceof ApiError ? error : undefined;
      // A session that is over is reported by whoever asked for the ticket.
      if (known?.code === "unauthenticated") return halt(CLOSE.sessionRevoked);
      return tryAgain((known?.retryAfter ?? 0) * 1000);
    }
    if (own !== epoch) return;
    node = ticket.node;
    const begun = timers.now();
    timer = timers.after(Math.min(READY_WITHIN, OPEN_WITHIN * 2 ** Math.max(0, attempt - 1)), lose);
    wire = openWire(ticket.url, [SUBPROTOCOL, TICKET_SUBPROTOCOL_PREFIX + ticket.ticket], {
      opened: () => {
        if (own !== epoch || state.name === "ready") return;
        timer();
        timer = timers.after(begun + READY_WITHIN - timers.now(), lose);
      },
      text: (data) => {
        if (own === epoch) receive(JSON.parse(data) as ServerFrame);
      },
      closed: (code) => {
        if (own === epoch) closed(code);
      },
    });
  };

  const closed = (code: number) => {
    switch (closeAction(code)) {
      case "refresh":
        listener.distrust();
        return tryAgain();
      case "stop":
        halt(code);
        if (code === CLOSE.sessionRevoked) listener.ended();
        return;
      case "reconnect":
        // The server has spread its clients itself.
        if (leaveAt > timers.now()) return waitFor(leaveAt - timers.now());
        // A client that read too slowly may come back to where it was.
        return code === CLOSE.slowConsumer ? tryAgain() : lose();
    }
  };

  let heartbeat = 25_000;
  /** A browser does not see the server's pings: ask when nothing came, and leave when nothing comes. */
  const listen = () => {
    timer();
    timer = timers.after(heartbeat, () => {
      request("ping", {}).catch(() => {});
      timer = timers.after(heartbeat, lose);
    });
  };

  const receive = (frame: ServerFrame) => {
    if (state.name === "ready") listen();
    switch (frame.type) {
      case "session.ready":
        heartbeat = frame.heartbeat * 1000;
        attempt = 0;
        avoided.forget(frame.node);
        // The listener brings its cursors up to date, by requests of its own, before anyone hears
        // that things are well.
        state = { name: "ready" };
        listen();
        listener.ready(frame);
        return tell();
      case "ok":
      case "pong":
        return answer(frame.ref, (waiter) => waiter.resolve(frame as never));
      case "error":
        return answer(frame.ref, (waiter) => waiter.reject(new ApiError({ ...frame, status: 0 })));
      case "node.draining":
        if (node !== undefined) avoided.add(node);
        leaveAt = timers.now() + frame.reconnectAfter;
        leaving = timers.after(frame.reconnectAfter, () => void open());
        return;
      default:
        return listener.event(frame);
    }
  };

  const answer = (ref: number | null | undefined, settle: (waiter: Waiter) => void) => {
    const waiter = typeof ref === "number" ? waiters.get(ref) : undefined;
    if (waiter === undefined || typeof ref !== "number") return;
    waiters.delete(ref);
    waiter.cancel();
    settle(waiter);
  };

  const request: Request = <T extends ClientFrameType>(
    type: T,
    fields: Omit<ClientFrameInput<T>, "type" | "ref">,
  ): Promise<Answers[T]> => {
    const open = wire;
    if (state.name !== "ready" || open === undefined) {
      return Promise.reject(
        new ApiError({ code: "unavailable", status: 0, message: "not connected" }),
      );
    }
    const ref = ++lastRef;
    return new Promise<Answers[T]>((resolve, reject) => {
      const cancel = timers.after(ANSWER_WITHIN, () => {
        waiters.delete(ref);
        reject(new ApiError({ code: "timeout", status: 0, message: "no answer came" }));
      });
      waiters.set(ref, { resolve, reject, cancel });
      open.send(JSON.stringify({ ...fields, type, ref }));
    });
  };

  return {
    state: () => state,
    start: () => {
      if (state.name === "idle" || state.name === "stopped") void open();
    },
    stop: () => {
      drop();
      attempt = 0;
      if (state.name !== "idle") become({ name: "idle" });
    },
    retryNow: () => {
      if (state.name === "waiting" || state.name === "stopped") void open();
    },
    request,
    back: (within) => {
      if (state.name !== "connecting" && state.name !== "waiting") {
        return Promise.resolve(state.name === "ready");
      }
      const { promise, resolve } = Promise.withResolvers<boolean>();
      const settle = (isBack: boolean) => {
        late();
        waitingForIt.delete(settle);
        resolve(isBack);
      };
      const late = timers.after(within, () => settle(false));
      waitingForIt.add(settle);
      return promise;
    },
  };
}

/** Whether asking again, a little later, can help. */
export function mayRetry(error: unknown): boolean {
  return error instanceof ApiError && isRetryable(error.code);
}
