import type { Socket, Upgrade, UpgradeHandler } from "../../chat/socket/socket.ts";
import { within } from "./deadline.ts";

/** The server's side of one connection: the socket and everything its listener was told. */
export type Peer = {
  readonly socket: Socket;
  readonly texts: string[];
  binaries: number;
  heard: number;
  readonly closed: number[];
};

/** A handler that accepts everyone, and the peers in the order in which they come. */
export function acceptAll(): { handle: UpgradeHandler; next(): Promise<Peer> } {
  const ready: Peer[] = [];
  const wanted: ((peer: Peer) => void)[] = [];
  return {
    handle: (upgrade) => {
      const peer = acceptPeer(upgrade);
      if (peer === undefined) return;
      const taker = wanted.shift();
      if (taker === undefined) ready.push(peer);
      else taker(peer);
    },
    next: () => {
      const peer = ready.shift();
      if (peer !== undefined) return Promise.resolve(peer);
      return within(new Promise<Peer>((resolve) => wanted.push(resolve)), "a connection");
    },
  };
}

/** Undefined when the client is gone or its handshake is not valid. */
export function acceptPeer(upgrade: Upgrade): Peer | undefined {
  const told = { texts: [] as string[], binaries: 0, heard: 0, closed: [] as number[] };
  const socket = upgrade.accept({
    text: (data) => void told.texts.push(data),
    binary: () => void told.binaries++,
    heard: () => void told.heard++,
    closed: (code) => void told.closed.push(code),
  });
  return socket && Object.assign(told, { socket });
}
