/** A WebSocket client of the wire contract, as plain as it gets. */
import { WebSocket } from "ws";
import type { ClientFrameInput, ClientFrameType } from "../../lib/protocol/frames.ts";
import { within } from "./deadline.ts";
import type { Body, Person, TestServer } from "./api_server.ts";

export interface ChatClient extends AsyncDisposable {
  readonly frames: Body[];
  /** Sends a frame and gives its answer. */
  ask<T extends ClientFrameType>(frame: Omit<ClientFrameInput<T>, "ref">): Promise<Body>;
  /** The first frame, old or new, of which `fits` is true. */
  find(fits: (frame: Body) => boolean, what: string): Promise<Body>;
  readonly closed: Promise<{ code: number }>;
}

export async function takeTicket(person: Pick<Person, "call">): Promise<string> {
  const { status, body } = await person.call("POST", "/tickets", {});
  if (status !== 201) throw new Error(`ticket: ${status}`);
  return String(body.ticket);
}

export async function connectChat(
  server: Pick<TestServer, "port">,
  person: Pick<Person, "call">,
): Promise<ChatClient> {
  const ticket = await takeTicket(person);
  const socket = new WebSocket(`ws://127.0.0.1:${server.port}/api/v1/chat`, [
    "parley.v1",
    `ticket.${ticket}`,
  ]);
  const frames: Body[] = [];
  const watchers = new Set<(frame: Body) => void>();
  const closed = new Promise<{ code: number }>((resolve) => {
    socket.on("close", (code) => resolve({ code }));
  });
  socket.on("error", () => {});
  socket.on("message", (data) => {
    const frame: Body = JSON.parse(data.toString());
    frames.push(frame);
    for (const watcher of [...watchers]) watcher(frame);
  });
  const find = (fits: (frame: Body) => boolean, what: string): Promise<Body> => {
    const known = frames.find(fits);
    if (known !== undefined) return Promise.resolve(known);
    const { promise, resolve } = Promise.withResolvers<Body>();
    const watcher = (frame: Body) => {
      if (!fits(frame)) return;
      watchers.delete(watcher);
      resolve(frame);
    };
    watchers.add(watcher);
    return within(promise, what);
  };
  await find((frame) => isType(frame, "session.ready"), "session.ready");
  let refs = 0;
  return {
    frames,
    find,
    closed,
    ask: (frame) => {
      const ref = ++refs;
      socket.send(JSON.stringify({ ...frame, ref }));
      return find((answer) => Number(answer.ref) === ref, `the answer to ${JSON.stringify(frame)}`);
    },
    [Symbol.asyncDispose]: async () => {
      socket.terminate();
      await closed;
    },
  };
}

export function isType(frame: Body, type: string): boolean {
  return String(frame.type) === type;
}
