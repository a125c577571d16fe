/** A connection that counts its answers: each frame's comes exactly once. */
import assert from "node:assert/strict";
import { WebSocket } from "ws";
import { ERROR_STATUS } from "../../lib/protocol/codes.ts";
import type { Id } from "../../lib/protocol/model.ts";
import { eventually, within } from "./deadline.ts";
import type { Expected } from "./frame_cases.ts";

export type Stored = { id: Id; seq: number };

export interface AnswerCounter {
  /** Sends a frame and counts on what has to come of it. */
  send(bytes: Uint8Array, expected: Expected): void;
  /** Everything counted on has come. */
  settled(): Promise<void>;
  /** And nothing else did. Asks once more by each way through the server to be sure of that. */
  check(conversation: Id): Promise<void>;
  /** The code of the close; the closing is asked for where `ask` is true. */
  closed(ask: boolean): Promise<number>;
  /** How many answers came, by their code (`ok` and `pong` among them). */
  readonly codes: Map<string, number>;
  /** Messages that were acknowledged. */
  readonly stored: Stored[];
}

type Answer = { type: string; ref?: number | null; code?: string; id?: Id; seq?: number };

/** Refused for being what they are; nothing a client writes may be `internal`, or wait for ever. */
const REFUSALS = new Set([
  ...["invalid", "not-member", "not-contact", "conflict"],
  // A message that is not there, or somebody else's, or recalled.
  ...["not-found", "forbidden", "gone"],
]);
const PATIENCE = 30_000;

let barriers = Number.MAX_SAFE_INTEGER - 1_000_000;

export async function openCounter(port: number, ticket: string): Promise<AnswerCounter> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/api/v1/chat`, [
    "parley.v1",
    `ticket.${ticket}`,
  ]);
  const expected = new Map<number, number>();
  const came = new Map<number, number>();
  const codes = new Map<string, number>();
  const stored: Stored[] = [];
  const problems: string[] = [];
  const nulls = { atLeast: 0, atMost: 0, came: 0 };
  const pongs = { expected: 0, came: 0 };
  let missing = 0;

  const count = (answer: Answer) => {
    const { type, ref, code = type } = answer;
    codes.set(code, (codes.get(code) ?? 0) + 1);
    if (type === "error" && !REFUSALS.has(code)) problems.push(JSON.stringify(answer));
    if (!Object.hasOwn(ERROR_STATUS, code) && type === "error") problems.push(`code ${code}`);
    if (ref === null) nulls.came++;
    else if (ref === undefined) pongs.came++;
    else {
      const times = (came.get(ref) ?? 0) + 1;
      came.set(ref, times);
      if (times <= (expected.get(ref) ?? 0)) missing--;
      else problems.push(`ref ${ref} was answered ${times} times`);
    }
    const { id, seq } = answer;
    if (type === "ok" && id !== undefined && seq !== undefined) stored.push({ id, seq });
  };

  const ready = Promise.withResolvers<void>();
  const end = new Promise<number>((resolve) => {
    socket.on("close", (code) => {
      ready.reject(new Error(`closed with ${code} before it was ready`));
      resolve(code);
    });
  });
  socket.on("error", () => {});
  socket.on("message", (data) => {
    const frame: Answer = JSON.parse(data.toString());
    if (frame.type === "session.ready") ready.resolve();
    if (["ok", "error", "pong"].includes(frame.type)) count(frame);
  });
  await within(ready.promise, "session.ready", PATIENCE);

  const send = (bytes: Uint8Array, what: Expected) => {
    if (what.by === "ref") {
      expected.set(what.ref, (expected.get(what.ref) ?? 0) + 1);
      missing++;
    } else if (what.by === "null") nulls.atLeast++, nulls.atMost++;
    else if (what.by === "maybe") nulls.atMost++;
    else if (what.by === "pong") pongs.expected++;
    socket.send(bytes, { binary: false });
  };
  const settled = async () => {
    const complete = () =>
      missing === 0 && nulls.came >= nulls.atLeast && pongs.came >= pongs.expected;
    const gone = () => problems.length > 0 || socket.readyState !== WebSocket.OPEN;
    await eventually(() => complete() || gone(), "an answer to every frame", PATIENCE)
      .catch((error) => problems.push(String(error)));
    assert.deepEqual(problems, []);
    assert.equal(socket.readyState, WebSocket.OPEN, "the connection is still open");
  };
  return {
    codes,
    stored,
    send,
    settled,
    check: async (conversation) => {
      for (const frame of [{ type: "ping" }, { type: "conversation.sync", since: 0, limit: 1 }]) {
        const ref = ++barriers;
        const asked = { ...frame, ...(frame.type !== "ping" && { conversation }), ref };
        send(new TextEncoder().encode(JSON.stringify(asked)), { by: "ref", ref });
        await settled();
      }
      assert.ok(
        nulls.came <= nulls.atMost,
        `${nulls.came} errors without ref, not ${nulls.atMost}`,
      );
      assert.equal(pongs.came, pongs.expected);
    },
    closed: async (ask) => {
      if (ask) socket.close();
      return await within(end, "the close", PATIENCE);
    },
  };
}
