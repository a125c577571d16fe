import type { Socket } from "./socket/socket.ts";

/** Past this many queued bytes a socket's requests wait until the client has read. */
export const PAUSE_BYTES = 256 * 1024;
/** Past this many the client is cut off; it comes back and resumes by `rev`. */
export const CUT_BYTES = 1024 * 1024;

/** What is sent to one client: held back until it is ready, and bounded from then on. */
export interface Outbound {
  send(frame: string): void;
  /** Sends `first`, then what was held back; from then on frames go out as they come. */
  release(first: string): void;
}

/**
 * @param onCut called once when the client reads too slowly; the socket is to be terminated
 */
export function createOutbound(socket: Socket, onCut: () => void): Outbound {
  let held: string[] | undefined = [];
  let heldLength = 0;
  let paused = true;
  let cut = false;

  const slow = () => {
    if (cut) return;
    cut = true;
    held = undefined;
    onCut();
  };

  const write = (frame: string) => {
    socket.send(frame);
    const queued = socket.queuedBytes;
    if (queued > CUT_BYTES) return slow();
    if (queued > PAUSE_BYTES && !paused) {
      paused = true;
      socket.pause();
      socket.whenFlushed(() => {
        paused = false;
        socket.resume();
      });
    }
  };

  return {
    send: (frame) => {
      if (cut) return;
      if (held === undefined) return write(frame);
      held.push(frame);
      heldLength += frame.length;
      if (heldLength > CUT_BYTES) slow();
    },
    release: (first) => {
      if (cut) return;
      const waiting = held ?? [];
      held = undefined;
      // Not `write`: the first frame is as long as the person has conversations.
      socket.send(first);
      paused = false;
      socket.resume();
      for (const frame of waiting) {
        if (!cut) write(frame);
      }
    },
  };
}
