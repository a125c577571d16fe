/** Asks a server on loopback by TLS under a name that only its certificate knows. */
import { Buffer } from "node:buffer";
import { request } from "node:https";
import { WebSocket } from "ws";
import { within } from "./deadline.ts";

export type TlsAnswer = {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
};

export interface TlsClient {
  /** Such as `https://chat.example.org:4430`: what a browser would send as its `Origin`. */
  readonly origin: string;
  ask(
    method: string,
    path: string,
    options?: {
      headers?: Record<string, string>;
      body?: unknown;
      /** The address of this machine that it is asked from. */
      from?: string;
    },
  ): Promise<TlsAnswer>;
  /** The first frame, or the status of the answer that refused the socket. */
  connect(path: string, protocols: string[], origin?: string): Promise<
    { socket: WebSocket; first: string } | { status: number }
  >;
}

export function createTlsClient(port: number, name: string, certificate: string): TlsClient {
  const origin = `https://${name}:${port}`;
  const host = `${name}:${port}`;
  const tls = { host: "127.0.0.1", port, servername: name, ca: certificate };
  return {
    origin,
    ask: (method, path, { headers = {}, body, from } = {}) => {
      const { promise, resolve, reject } = Promise.withResolvers<TlsAnswer>();
      const text = body === undefined ? undefined : JSON.stringify(body);
      const sent = request({
        ...tls,
        method,
        path,
        agent: false,
        ...(from !== undefined && { localAddress: from }),
        headers: {
          host,
          origin,
          ...(text !== undefined && {
            "content-type": "application/json",
            "content-length": String(Buffer.byteLength(text)),
          }),
          ...headers,
        },
      }, (response) => {
        const parts: Buffer[] = [];
        response.on("data", (part: Buffer) => parts.push(part));
        response.on("end", () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: Buffer.concat(parts).toString(),
          }));
        response.on("error", reject);
      });
      sent.on("error", reject);
      sent.end(text);
      return within(promise, `an answer to ${method} ${path}`);
    },
    connect: (path, protocols, from = origin) => {
      const { promise, resolve, reject } = Promise.withResolvers<
        { socket: WebSocket; first: string } | { status: number }
      >();
      const socket = new WebSocket(`wss://127.0.0.1:${port}${path}`, protocols, {
        ...tls,
        headers: { host, origin: from },
      });
      socket.on("error", reject);
      socket.on("unexpected-response", (asked, response) => {
        resolve({ status: response.statusCode ?? 0 });
        asked.destroy();
      });
      socket.once("message", (data) => resolve({ socket, first: data.toString() }));
      return within(promise, `an answer to the socket at ${path}`);
    },
  };
}
