/**
 * Asks an address itself, over connections that are kept. `fetch` would hand the question and its token
 * to the proxy that the process's environment names, and no setting of Deno's keeps it from that.
 */
import { Agent, type ClientRequest, type IncomingMessage, request } from "node:http";
import { Agent as SecureAgent, request as secureRequest } from "node:https";
import type { Timers } from "../timers.ts";

export type DirectAnswer = { status: number; type: string; text: string };

/** No connection came about: nothing was sent. */
export class NotConnected extends Error {
  override name = "NotConnected";
}

export interface DirectClient extends Disposable {
  /** @throws NotConnected, or another error where the question may have been sent */
  send(url: URL, question: {
    method: string;
    headers: Record<string, string>;
    body: string | undefined;
    signal: AbortSignal;
  }): Promise<DirectAnswer>;
}

/** Milliseconds: services are near each other, and one that is there takes a connection at once. */
const CONNECT_WITHIN = 2_000;
/**
 * Milliseconds after which an idle connection is not used again: less than a server keeps it, or a
 * question could meet the end of its connection.
 */
const IDLE = 5_000;

export function createDirectClient(timers: Timers, idle = IDLE): DirectClient {
  const options = { keepAlive: true, timeout: idle };
  const agent = new Agent(options);
  const secureAgent = new SecureAgent(options);

  const begin = (url: URL, { method, headers }: { method: string; headers: object }) =>
    url.protocol === "https:"
      ? secureRequest(url, { agent: secureAgent, method, headers: { ...headers } })
      : request(url, { agent, method, headers: { ...headers } });

  return {
    send: async (url, { body, signal, ...head }) => {
      signal.throwIfAborted();
      const asked = begin(url, head);
      const connection = watchConnection(asked, timers);
      const abort = () => asked.destroy(signal.reason);
      signal.addEventListener("abort", abort);
      try {
        const answered = answerOf(asked);
        asked.end(body);
        return await answered;
      } catch (error) {
        if (connection.made) throw error;
        throw new NotConnected(error instanceof Error ? error.message : String(error));
      } finally {
        signal.removeEventListener("abort", abort);
        connection.callOff();
      }
    },
    [Symbol.dispose]: () => {
      agent.destroy();
      secureAgent.destroy();
    },
  };
}

function watchConnection(asked: ClientRequest, timers: Timers) {
  let made = false;
  const callOff = timers.after(CONNECT_WITHIN, () => {
    if (!made) asked.destroy(new Error(`no connection within ${CONNECT_WITHIN} ms`));
  });
  asked.on("socket", (socket) => {
    if (socket.connecting) socket.once("connect", () => made = true);
    else made = true;
  });
  return {
    callOff,
    get made() {
      return made;
    },
  };
}

function answerOf(asked: ClientRequest): Promise<DirectAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<DirectAnswer>();
  asked.on("error", reject);
  asked.on("close", () => reject(new Error("the connection ended before the answer")));
  asked.on("response", (response: IncomingMessage) => {
    let text = "";
    response.setEncoding("utf8");
    response.on("error", reject);
    response.on("data", (part: string) => text += part);
    response.on("end", () => {
      const { statusCode: status = 0, headers } = response;
      resolve({ status, type: headers["content-type"] ?? "", text });
    });
  });
  return promise;
}
