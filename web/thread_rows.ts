import type { PendingMessage, SendFailure, ThreadView } from "../client/views.ts";
import type { Attachment, Id, Message, Time } from "../lib/protocol/model.ts";

export type BubbleState = "sending" | "sent" | "delivered" | "read" | "failed" | "received";

export type BubbleView = {
  clientId: Id;
  sender: Id;
  mine: boolean;
  text: string;
  at: Time;
  state: BubbleState;
  seq?: number;
  failure?: SendFailure;
  /** As the log has it: not of one that was not acknowledged yet. */
  message?: Message;
  replyTo?: number;
  mentions: readonly Id[];
  mentionsAll: boolean;
  attachments: readonly Attachment[];
  /** What stands in for the text of a message that has none. */
  stand?: "recalled" | "file";
};

/** `opens` and `closes` say where a run of one sender's messages within a minute begins and ends. */
export type ThreadRow =
  | { kind: "day"; key: string; at: Time }
  | { kind: "system"; key: string; message: Message }
  | { kind: "bubble"; key: string; bubble: BubbleView; opens: boolean; closes: boolean };

export type Reached = { othersDelivered: number; othersRead: number };

/** Lays a thread out as rows: dates between the days, messages in groups. */
export function threadRows(thread: ThreadView, me: Id | undefined, reached: Reached): ThreadRow[] {
  const rows: ThreadRow[] = [];
  let day = "";
  const startDay = (at: Time) => {
    const next = new Date(at).toDateString();
    if (next === day) return;
    day = next;
    rows.push({ kind: "day", key: `day ${next}`, at });
  };
  const add = (key: string, bubble: BubbleView) => {
    startDay(bubble.at);
    const last = rows.at(-1);
    const opens = last?.kind !== "bubble" || !together(last.bubble, bubble);
    if (!opens) last.closes = false;
    rows.push({ kind: "bubble", key, bubble, opens, closes: true });
  };
  for (const message of thread.messages) {
    if (message.kind === "system") {
      startDay(message.at);
      rows.push({ kind: "system", key: message.id, message });
    } else {
      const mine = message.sender === me;
      // The same key before and after the acknowledgement keeps the element, and so the place.
      add(mine ? `mine ${message.clientId}` : message.id, fromMessage(message, mine, reached));
    }
  }
  for (const pending of thread.pending) {
    add(`mine ${pending.clientId}`, fromPending(pending, me ?? ""));
  }
  return rows;
}

function together(a: BubbleView, b: BubbleView): boolean {
  return a.sender === b.sender && minute(a.at) === minute(b.at);
}

function minute(at: Time): number {
  return Math.floor(Date.parse(at) / 60_000);
}

function fromMessage(message: Message, mine: boolean, reached: Reached): BubbleView {
  const { clientId, sender, text, at, seq } = message;
  const state = !mine
    ? "received"
    : seq <= reached.othersRead
    ? "read"
    : seq <= reached.othersDelivered
    ? "delivered"
    : "sent";
  const { replyTo, mentions = [], mentionsAll = false } = message;
  // Of what was taken back, nothing is left.
  const attachments = message.recalledAt === undefined ? message.attachments ?? [] : [];
  const bubble: BubbleView = {
    ...{
      clientId,
      sender,
      mine,
      text,
      at,
      seq,
      state,
      message,
      mentions,
      mentionsAll,
      attachments,
    },
    ...(replyTo !== undefined && { replyTo }),
  };
  if (message.recalledAt !== undefined) bubble.stand = "recalled";
  else if (message.kind === "file" && text === "" && attachments.length === 0) {
    bubble.stand = "file";
  }
  return bubble;
}

function fromPending(pending: PendingMessage, me: Id): BubbleView {
  const { clientId, text, at, state, failure, replyTo } = pending;
  const { mentions = [], mentionsAll = false, attachments = [] } = pending;
  const bubble: BubbleView = {
    ...{ clientId, sender: me, mine: true, text, at, state, mentions, mentionsAll, attachments },
    ...(replyTo !== undefined && { replyTo }),
  };
  if (failure !== undefined) bubble.failure = failure;
  return bubble;
}
