/** The port between the connection and whatever carries its frames. */
export interface Wire {
  send(text: string): void;
  close(): void;
}

export interface WireListener {
  opened(): void;
  text(data: string): void;
  /** Comes once, also when the wire never opened; nothing comes after it. */
  closed(code: number): void;
}

export type OpenWire = (url: string, protocols: string[], listener: WireListener) => Wire;

/** Over the `WebSocket` of browsers, Deno and Node. */
export const openWebSocket: OpenWire = (url, protocols, listener) => {
  const socket = new WebSocket(url, protocols);
  let over = false;
  const end = (code: number) => {
    if (over) return;
    over = true;
    listener.closed(code);
  };
  socket.onopen = () => {
    if (!over) listener.opened();
  };
  socket.onmessage = (event) => {
    if (!over) listener.text(String(event.data));
  };
  socket.onclose = (event) => end(event.code);
  // `close` follows an error; some runtimes need a listener all the same.
  socket.onerror = () => {};
  return {
    send: (text) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(text);
    },
    close: () => {
      socket.close();
      // A dead network never answers the closing handshake.
      end(1006);
    },
  };
};
