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
  request<T extends ClientFrameType>(
    type: T,
    fields: Omit<ClientFrameInput<T>, "type" | "ref">,
  ): Promise<Answers[T]>;
}

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
  let exclude: string[] = [];
  let lastRef = 0;
  const waiters = new Map<number, Waiter>();
  let timer = () => {};
  /** When a draining node asked this client to be back, which it may not do any earlier. */
  let leaveAt = 0;
  let leaving = () => {};

  const become = (next: ConnectionState) => {
    state = next;
    listener.changed(next);
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

  const tryAgain = (after = 0) => {
    drop();
    attempt++;
    const wait = Math.max(after, backoff(attempt, timers));
    timer = timers.after(wait, () => void open());
    become({ name: "waiting", retryAt: timers.now() + wait, attempt });
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
      ticket = await takeTicket(exclude);
    } catch (error) {
      if (own !== epoch) return;
      const known = error instanceof ApiError ? error : undefined;
      // A session that is over is reported by whoever asked for the ticket.
      if (known?.code === "unauthenticated") return halt(CLOSE.sessionRevoked);
      return tryAgain((known?.retryAfter ?? 0) * 1000);
    }
    if (own !== epoch) return;
    node = ticket.node;
    timer = timers.after(READY_WITHIN, () => tryAgain());
    wire = openWire(ticket.url, [SUBPROTOCOL, TICKET_SUBPROTOCOL_PREFIX + ticket.ticket], {
      opened: () => {},
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
        return tryAgain(leaveAt - timers.now());
    }
  };

  let heartbeat = 25_000;
  /** A browser does not see the server's pings: ask when nothing came, and leave when nothing comes. */
  const listen = () => {
    timer();
    timer = timers.after(heartbeat, () => {
      request("ping", {}).catch(() => {});
      timer = timers.after(heartbeat, () => tryAgain());
    });
  };

  const receive = (frame: ServerFrame) => {
    if (state.name === "ready") listen();
    switch (frame.type) {
      case "session.ready":
        heartbeat = frame.heartbeat * 1000;
        attempt = 0;
        exclude = [];
        // The listener brings its cursors up to date, by requests of its own, before anyone hears
        // that things are well.
        state = { name: "ready" };
        listen();
        listener.ready(frame);
        return listener.changed(state);
      case "ok":
      case "pong":
        return answer(frame.ref, (waiter) => waiter.resolve(frame as never));
      case "error":
        return answer(frame.ref, (waiter) => waiter.reject(new ApiError({ ...frame, status: 0 })));
      case "node.draining":
        exclude = node === undefined ? [] : [node];
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

  const request = <T extends ClientFrameType>(
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
  };
}

/** Whether asking again, a little later, can help. */
export function mayRetry(error: unknown): boolean {
  return error instanceof ApiError && isRetryable(error.code);
}
