import type { IncomingMessage, ServerResponse } from "node:http";

/**
 * Requests of one connection that may be under way. Browsers send one at a time, programs a few; each
 * has an answer of up to 256 KiB, which waits in memory for as long as the client does not read.
 */
const UNDER_WAY = 50;

type Listener = (request: IncomingMessage, response: ServerResponse) => void;

/** Cuts a connection that sends many requests without waiting for their answers. */
export function limitPipelining(listener: Listener): Listener {
  const underWay = new WeakMap<object, number>();
  return (request, response) => {
    const { socket } = request;
    const count = (underWay.get(socket) ?? 0) + 1;
    // What was read together with the request that was one too many comes here all the same.
    if (socket.destroyed || count > UNDER_WAY) return void socket.destroy();
    underWay.set(socket, count);
    response.on("close", () => underWay.set(socket, (underWay.get(socket) ?? 1) - 1));
    listener(request, response);
  };
}
