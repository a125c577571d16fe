/** A client that behaves, beside those that do not: sends, reads everything, and takes the time. */
import { WebSocket } from "ws";
import type { ClientFrameInput, ClientFrameType } from "../../lib/protocol/frames.ts";
import { newId } from "../../lib/ids.ts";
import type { Id, Message } from "../../lib/protocol/model.ts";
import { within } from "./deadline.ts";

export type Answer = {
  type: string;
  ref?: number;
  code?: string;
  messages?: Message[];
  more?: boolean;
  rev?: number;
};

export interface GoodClient extends AsyncDisposable {
  ask<T extends ClientFrameType>(frame: Omit<ClientFrameInput<T>, "ref">): Promise<Answer>;
  /** Sends a message; the text ends in the time, so that whoever receives it knows its age. */
  say(conversation: Id, text?: string): Promise<Answer>;
  /** Everything in a conversation, asked for page by page as after a long absence. */
  readAll(conversation: Id): Promise<Message[]>;
  /** Milliseconds from the sending of each message of others to its coming here. */
  readonly delays: number[];
  /** Bytes of the message frames that came, as they were on the wire. */
  readonly received: number;
}

const PATIENCE = 20_000;

export async function openGoodClient(port: number, ticket: string): Promise<GoodClient> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/api/v1/chat`, [
    "parley.v1",
    `ticket.${ticket}`,
  ]);
  const waiting = new Map<number, (answer: Answer) => void>();
  const ready = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  const delays: number[] = [];
  let received = 0;
  let refs = 0;
  socket.on("error", () => {});
  socket.on("close", (code) => {
    ready.reject(new Error(`closed with ${code}`));
    ended.resolve();
  });
  socket.on("message", (data) => {
    const bytes = data as Uint8Array;
    const frame: Answer & { message?: Message } = JSON.parse(data.toString());
    if (frame.type === "session.ready") ready.resolve();
    if (frame.type === "message") {
      received += bytes.length + (bytes.length < 126 ? 2 : bytes.length < 65_536 ? 4 : 10);
      const sentAt = Number(frame.message?.text.split(" ").at(-1));
      if (!Number.isNaN(sentAt)) delays.push(performance.now() - sentAt);
    }
    if (frame.ref === undefined) return;
    waiting.get(frame.ref)?.(frame);
    waiting.delete(frame.ref);
  });
  await within(ready.promise, "session.ready", PATIENCE);

  const ask: GoodClient["ask"] = (frame) => {
    const ref = ++refs;
    const { promise, resolve } = Promise.withResolvers<Answer>();
    waiting.set(ref, resolve);
    socket.send(JSON.stringify({ ...frame, ref }));
    return within(promise, `an answer to ${frame.type}`, PATIENCE);
  };
  return {
    delays,
    get received() {
      return received;
    },
    ask,
    say: (conversation, text = "") =>
      ask<"message.send">({
        type: "message.send",
        conversation,
        clientId: newId(),
        kind: "text",
        text: `${text} ${performance.now()}`,
      }),
    readAll: async (conversation) => {
      const all: Message[] = [];
      while (true) {
        const since = all.at(-1)?.rev ?? 0;
        const page = await ask<"conversation.sync">({
          type: "conversation.sync",
          conversation,
          since,
        });
        all.push(...page.messages ?? []);
        if (page.more !== true) return all;
      }
    },
    [Symbol.asyncDispose]: async () => {
      socket.terminate();
      await ended.promise;
    },
  };
}
