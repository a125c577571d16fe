import type { Socket } from "../../chat/socket/socket.ts";

/** A socket whose network a test plays. Frames count as gone unless the test sets `queuedBytes`. */
export interface FakeSocket extends Socket {
  queuedBytes: number;
  readonly sent: string[];
  readonly closes: { code: number; reason: string }[];
  pings: number;
  paused: boolean;
  terminated: number;
  /** The network takes everything: whoever waits for that is told. */
  flush(): void;
}

export function createFakeSocket(): FakeSocket {
  let waiting: (() => void)[] = [];
  const socket: FakeSocket = {
    queuedBytes: 0,
    sent: [],
    closes: [],
    pings: 0,
    paused: true,
    terminated: 0,
    send: (text) => void socket.sent.push(text),
    ping: () => void socket.pings++,
    whenFlushed: (callback) => void waiting.push(callback),
    pause: () => void (socket.paused = true),
    resume: () => void (socket.paused = false),
    close: (code, reason) => void socket.closes.push({ code, reason }),
    terminate: () => void socket.terminated++,
    flush: () => {
      socket.queuedBytes = 0;
      const told = waiting;
      waiting = [];
      for (const callback of told) callback();
    },
  };
  return socket;
}
