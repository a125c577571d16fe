import { CLOSE } from "../lib/protocol/codes.ts";
import type { Id } from "../lib/protocol/model.ts";
import type { ServerFrame } from "../lib/protocol/frames.ts";
import type { Clock } from "../lib/clock.ts";
import { createTurns, type Turns } from "../lib/turns.ts";
import { createOutbound } from "./outbound.ts";
import { createFrameLimits, type FrameLimits } from "./frame_limits.ts";
import type { Socket } from "./socket/socket.ts";

/**
 * Requests of a connection that ask the database at a time. A burst that is let in may be hundreds
 * of pages of 256 KiB: all at once they would hold up everybody's messages for seconds.
 */
const ASKING = 2;

/** A frame that waits for its answer. */
export type Pending = { ref: number | undefined; since: number };

/** One connected socket of one signed-in session. A session may have several: tabs, programs. */
export interface Session {
  /** Names this connection alone. */
  readonly connection: string;
  readonly user: Id;
  readonly session: Id;
  /** Milliseconds of the clock when the peer last sent anything. */
  heardAt: number;
  readonly pending: Set<Pending>;
  /** What its requests wait for before they ask the database; messages do not. */
  readonly turns: Turns;
  /** Nothing that still comes from the client is handled any more. */
  readonly closing: boolean;
  /** Sends a frame, or its text where it was serialised before. */
  send(frame: ServerFrame | string): void;
  /** Sends the first frame and everything that came meanwhile. */
  ready(frame: ServerFrame): void;
  /** The peer showed that it is there, by whatever frame. */
  heard(): void;
  /** Counts an incoming frame. The answer is the seconds by which it is too early, or 0. */
  admit(isMessage: boolean): number;
  ping(): void;
  /** Stops reading; what was read is still answered. */
  pause(): void;
  close(code: number, reason: string): void;
  terminate(): void;
  /** Tells the client that its sign-in is over and closes for good. */
  end(reason: string): void;
}

export function createSession(options: {
  owner: { user: Id; session: Id };
  connection: string;
  socket: Socket;
  clock: Clock;
  limits: boolean;
}): Session {
  const { owner, connection, socket, clock, limits } = options;
  const outbound = createOutbound(socket, () => terminate());
  // Both are made at their first use: most connections are silent most of the time.
  let turns: Turns | undefined;
  let known: FrameLimits | undefined;
  const rates = () => known ??= createFrameLimits(clock);
  const text = (frame: ServerFrame | string) =>
    typeof frame === "string" ? frame : JSON.stringify(frame);
  let isReady = false;
  let closing = false;
  const close = (code: number, reason: string) => {
    // A second one would begin to read again what is not to be read any more.
    if (closing) return;
    closing = true;
    socket.close(code, reason);
  };
  const terminate = () => {
    closing = true;
    socket.terminate();
  };
  const flooded = () => {
    if (closing) return;
    close(CLOSE.flooding, "too many frames");
    // Whoever floods does not stop for a closing handshake: what still comes is not even read.
    socket.pause();
  };
  const session: Session = {
    connection,
    ...owner,
    heardAt: clock.now(),
    pending: new Set(),
    get turns() {
      return turns ??= createTurns(ASKING, () => closing);
    },
    get closing() {
      return closing;
    },
    send: (frame) => outbound.send(text(frame)),
    ready: (frame) => {
      isReady = true;
      outbound.release(text(frame));
    },
    heard: () => {
      session.heardAt = clock.now();
      if (limits && rates().heard.take() > 0) flooded();
    },
    admit: (isMessage) => {
      if (!limits) return 0;
      const { messages, others, refusals } = rates();
      const wait = (isMessage ? messages : others).take();
      if (wait > 0 && refusals.take() > 0) flooded();
      return wait;
    },
    ping: () => socket.ping(),
    pause: () => socket.pause(),
    close,
    terminate,
    end: (reason) => {
      // Nothing may come before the first frame, not even this.
      if (isReady) socket.send(text({ type: "session.ended", reason }));
      close(CLOSE.sessionRevoked, reason);
    },
  };
  return session;
}
