/** A WebSocket that keeps what it hears as it came. */
import { WebSocket } from "ws";
import { within } from "../support/deadline.ts";

export interface ListeningSocket extends AsyncDisposable {
  /** The text of the answer, but for its `ref`. */
  ask(frame: object): Promise<string>;
  /** What came unasked since the last call. */
  heard(): string[];
}

export async function openListeningSocket(port: number, ticket: string): Promise<ListeningSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/api/v1/chat`, [
    "parley.v1",
    `ticket.${ticket}`,
  ]);
  const waiting = new Map<number, (text: string) => void>();
  let heard: string[] = [];
  let refs = 0;
  const ready = Promise.withResolvers<void>();
  const closed = new Promise<void>((resolve) => {
    socket.on("close", () => {
      ready.reject(new Error("the connection was closed"));
      resolve();
    });
  });
  socket.on("error", () => {});
  socket.on("message", (data) => {
    const text = data.toString();
    const { type, ref }: { type: string; ref?: number | null } = JSON.parse(text);
    if (type === "session.ready") return ready.resolve();
    const answered = typeof ref === "number" ? waiting.get(ref) : undefined;
    if (typeof ref !== "number" || answered === undefined) return void heard.push(text);
    waiting.delete(ref);
    answered(text.replace(`"ref":${ref}`, '"ref":0'));
  });
  await within(ready.promise, "session.ready");
  return {
    ask: (frame) => {
      const ref = ++refs;
      const { promise, resolve } = Promise.withResolvers<string>();
      waiting.set(ref, resolve);
      socket.send(JSON.stringify({ ...frame, ref }));
      return within(promise, `the answer to ${JSON.stringify(frame)}`, 10_000);
    },
    heard: () => {
      const all = heard;
      heard = [];
      return all;
    },
    [Symbol.asyncDispose]: async () => {
      socket.terminate();
      await closed;
    },
  };
}
