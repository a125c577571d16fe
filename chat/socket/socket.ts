/** The port between the chat node and whatever carries its WebSockets. */
import type { AppError } from "../../lib/errors.ts";

export interface Socket {
  /** Bytes that were sent and have not gone to the network yet. */
  readonly queuedBytes: number;
  send(text: string): void;
  /** A control frame that the peer answers by itself. */
  ping(): void;
  /** Calls back once everything that is queued now has gone to the network. */
  whenFlushed(callback: () => void): void;
  /** Stops and starts reading. */
  pause(): void;
  resume(): void;
  /** Begins the closing handshake; a peer that does not take part is cut off soon after. */
  close(code: number, reason: string): void;
  /** Cuts the connection now and drops what is queued. */
  terminate(): void;
}

/** Every call after `closed` is the adapter's mistake; `closed` comes exactly once. */
export interface SocketListener {
  text(data: string): void;
  binary(): void;
  /** The peer showed that it is there, by whatever frame. */
  heard(): void;
  closed(code: number): void;
}

/** A client that asks for a WebSocket, before it gets one. Exactly one of the two calls is made. */
export interface Upgrade {
  /** The network address of whoever asks; empty where the connection is gone. */
  readonly address: string;
  /** A header's value; undefined when it is not there. Names in lower case. */
  header(name: string): string | undefined;
  /** Completes the handshake; the socket starts paused. Undefined if the client is gone. */
  accept(listener: SocketListener): Socket | undefined;
  refuse(error: AppError): void;
}

export type UpgradeHandler = (upgrade: Upgrade) => void;
