/** A person at the server: plain HTTP, and a socket that writes down what comes. */
import assert from "node:assert/strict";
import { WebSocket } from "ws";
import type { ClientFrameInput, ClientFrameType, ServerFrame } from "../../lib/protocol/frames.ts";
import type { Id } from "../../lib/protocol/model.ts";
import { within } from "../support/deadline.ts";
import type { SeededPerson } from "../support/seeded_person.ts";

/** What the server answered, over either way: an error's code or the fields of a success. */
export type Reply = { code: string; body: Fields };
export type Fields = { readonly [field: string]: unknown };

type Frame<T extends ClientFrameType> = Omit<ClientFrameInput<T>, "ref" | "type">;

export interface Actor extends AsyncDisposable {
  readonly person: SeededPerson;
  call(method: string, path: string, body?: unknown): Promise<Reply>;
  ask<T extends ClientFrameType>(type: T, frame: Frame<T>): Promise<Reply>;
  /** What came over the socket since it was opened, oldest first; `session.ready` is the first. */
  heard(): readonly ServerFrame[];
  /** Revisions of the messages that this socket sent into a conversation: only `ok` tells it of them. */
  acknowledged(conversation: Id): readonly number[];
  /** What every socket of this person was ever sent. */
  readonly everything: ServerFrame[];
  /** Cuts the connection and comes back. */
  reconnect(): Promise<void>;
}

const PATIENCE = 20_000;

export async function openActor(origin: string, person: SeededPerson): Promise<Actor> {
  const everything: ServerFrame[] = [];
  const token = await person.token();
  let line = await openLine(origin, await person.ticket(), everything);

  return {
    person,
    everything,
    heard: () => line.frames,
    acknowledged: (conversation) => line.sent.get(conversation) ?? [],
    call: async (method, path, body) => {
      const response = await fetch(`${origin}/api/v1${path}`, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body !== undefined && { "content-type": "application/json" }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      const answer: Fields = text === "" ? {} : JSON.parse(text);
      return response.ok
        ? { code: "ok", body: answer }
        : { code: String(answer.code), body: answer };
    },
    ask: async (type, frame) => {
      const used = line;
      const answer = await used.ask({ ...frame, type });
      if (type === "message.send" && answer.duplicate === false && "conversation" in frame) {
        const conversation = String(frame.conversation);
        used.sent.set(conversation, [...used.sent.get(conversation) ?? [], Number(answer.rev)]);
      }
      return { code: answer.type === "error" ? String(answer.code) : "ok", body: answer };
    },
    reconnect: async () => {
      await line.cut();
      line = await openLine(origin, await person.ticket(), everything);
    },
    [Symbol.asyncDispose]: () => line.cut(),
  };
}

type Line = {
  readonly frames: ServerFrame[];
  readonly sent: Map<Id, number[]>;
  ask(frame: object): Promise<Fields>;
  cut(): Promise<void>;
};

async function openLine(origin: string, ticket: string, into: ServerFrame[]): Promise<Line> {
  const socket = new WebSocket(`${origin.replace("http", "ws")}/api/v1/chat`, [
    "parley.v1",
    `ticket.${ticket}`,
  ]);
  const frames: ServerFrame[] = [];
  const waiting = new Map<number, (answer: Fields) => void>();
  const ready = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<void>();
  let refs = 0;
  socket.on("error", () => {});
  socket.on("close", (code) => {
    ready.reject(new Error(`closed with ${code}`));
    closed.resolve();
  });
  socket.on("message", (data) => {
    const frame: ServerFrame = JSON.parse(data.toString());
    frames.push(frame);
    into.push(frame);
    if (frame.type === "session.ready") ready.resolve();
    if (!("ref" in frame) || typeof frame.ref !== "number") return;
    waiting.get(frame.ref)?.(frame);
    waiting.delete(frame.ref);
  });
  await within(ready.promise, "session.ready", PATIENCE);
  assert.equal(frames[0]?.type, "session.ready", "the first frame");
  return {
    frames,
    sent: new Map(),
    ask: (frame) => {
      const ref = ++refs;
      const { promise, resolve } = Promise.withResolvers<Fields>();
      waiting.set(ref, resolve);
      socket.send(JSON.stringify({ ...frame, ref }));
      return within(promise, `the answer to ${JSON.stringify(frame)}`, PATIENCE);
    },
    cut: async () => {
      socket.terminate();
      await closed.promise;
    },
  };
}
