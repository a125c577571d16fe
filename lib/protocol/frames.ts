/** WebSocket frames: what a client may send, as schemas; what a server sends, as types. */
import * as z from "zod";
import { type ErrorCode, LIMITS } from "./codes.ts";
import {
  type ContactRequest,
  type Conversation,
  Counter,
  type Head,
  Id,
  type Message,
  type Presence,
  type SharedConversation,
  type Time,
  type User,
} from "./model.ts";
import { text } from "./text.ts";

const Ref = z.int().min(1);
const page = (limits: { default: number; max: number }) =>
  z.int().min(1).max(limits.max).default(limits.default);

const Seq = z.int().min(1);

/** One emoji as people see it, flags and skin tones included (Unicode UTS #51, RGI). */
const Emoji = z.string().max(64).regex(/^\p{RGI_Emoji}$/v, "must be one emoji");

export const ClientFrames = {
  "message.send": z.strictObject({
    type: z.literal("message.send"),
    ref: Ref.optional(),
    conversation: Id,
    clientId: Id,
    kind: z.literal("text"),
    /** Empty only where there are attachments. */
    text: text({ max: LIMITS.textCharacters }),
    replyTo: Seq.optional(),
    mentions: z.array(Id).max(100).optional(),
    /** For admins. */
    mentionsAll: z.literal(true).optional(),
    /** Files that the sender may read, each once. */
    attachments: z.array(Id).min(1).max(LIMITS.attachments).optional(),
  }).superRefine(({ text, attachments }, context) => {
    const problem = (path: string, message: string) =>
      context.addIssue({ code: "custom", path: [path], message });
    if (attachments === undefined) {
      if (text === "") problem("text", "must not be empty where there are no attachments");
    } else if (new Set(attachments).size < attachments.length) {
      problem("attachments", "must name each file once");
    }
  }),
  "message.edit": z.strictObject({
    type: z.literal("message.edit"),
    ref: Ref.optional(),
    conversation: Id,
    seq: Seq,
    text: text({ min: 1, max: LIMITS.textCharacters }),
  }),
  "message.recall": z.strictObject({
    type: z.literal("message.recall"),
    ref: Ref.optional(),
    conversation: Id,
    seq: Seq,
  }),
  "message.react": z.strictObject({
    type: z.literal("message.react"),
    ref: Ref.optional(),
    conversation: Id,
    seq: Seq,
    emoji: Emoji,
    on: z.boolean(),
  }),
  "message.pin": z.strictObject({
    type: z.literal("message.pin"),
    ref: Ref.optional(),
    conversation: Id,
    seq: Seq,
    on: z.boolean(),
  }),
  "conversation.sync": z.strictObject({
    type: z.literal("conversation.sync"),
    ref: Ref.optional(),
    conversation: Id,
    since: Counter,
    limit: page(LIMITS.syncPage),
  }),
  "conversation.history": z.strictObject({
    type: z.literal("conversation.history"),
    ref: Ref.optional(),
    conversation: Id,
    before: Seq.optional(),
    limit: page(LIMITS.historyPage),
  }),
  "receipt.read": z.strictObject({
    type: z.literal("receipt.read"),
    ref: Ref.optional(),
    conversation: Id,
    seq: Counter,
  }),
  "receipt.delivered": z.strictObject({
    type: z.literal("receipt.delivered"),
    ref: Ref.optional(),
    conversation: Id,
    seq: Counter,
  }),
  "typing": z.strictObject({
    type: z.literal("typing"),
    ref: Ref.optional(),
    conversation: Id,
    on: z.boolean(),
  }),
  "presence.watch": z.strictObject({
    type: z.literal("presence.watch"),
    ref: Ref.optional(),
    users: z.array(Id).max(LIMITS.watched),
  }),
  "presence.set": z.strictObject({
    type: z.literal("presence.set"),
    ref: Ref.optional(),
    state: z.enum(["online", "away", "busy"]),
  }),
  "ping": z.strictObject({ type: z.literal("ping"), ref: Ref.optional() }),
};

export type ClientFrameType = keyof typeof ClientFrames;
/** A client frame after parsing: defaults are filled in. */
export type ClientFrame<T extends ClientFrameType> = z.infer<(typeof ClientFrames)[T]>;
/** A client frame as it is written: fields with defaults may be left out. */
export type ClientFrameInput<T extends ClientFrameType> = z.input<(typeof ClientFrames)[T]>;

/** What `ok` carries, by the type of the frame it answers; `ping` has an answer of its own type. */
export interface Answers {
  "message.send": { id: Id; seq: number; rev: number; at: Time; duplicate: boolean };
  "message.edit": { rev: number };
  "message.recall": { rev: number };
  "message.react": { rev: number };
  "message.pin": { rev: number };
  "conversation.sync": { messages: Message[]; seq: number; rev: number; more: boolean };
  "conversation.history": { messages: Message[]; more: boolean };
  "receipt.read": Record<never, never>;
  "receipt.delivered": Record<never, never>;
  "typing": Record<never, never>;
  "presence.watch": { presence: Presence[] };
  "presence.set": Record<never, never>;
  "ping": { type: "pong"; at: Time };
}

export type SessionReady = {
  type: "session.ready";
  user: Id;
  session: Id;
  node: string;
  /** The part of the node that serves this connection: the node itself, unless it has several. */
  isolate: string;
  /** Names the log; another epoch means another history (a restored backup). */
  epoch: Id;
  /** Seconds. */
  heartbeat: number;
  at: Time;
  limits: { frameBytes: number; textCharacters: number };
  heads: Head[];
};

export type ErrorFrame = {
  type: "error";
  ref: number | null;
  code: ErrorCode;
  message: string;
  /** Seconds. */
  retryAfter?: number;
};

export type ServerFrame =
  | SessionReady
  | ({ type: "ok"; ref: number } & Record<string, unknown>)
  | ErrorFrame
  | { type: "pong"; ref?: number; at: Time }
  | { type: "message"; message: Message }
  | ({ type: "head" } & Head)
  | { type: "advance"; conversation: Id; rev: number }
  | { type: "resync" }
  | { type: "receipt"; conversation: Id; user: Id; readSeq: number; deliveredSeq: number }
  | { type: "typing"; conversation: Id; user: Id; on: boolean }
  | ({ type: "presence" } & Presence)
  /** The whole of it only to the person whose own membership or settings changed. */
  | { type: "conversation"; conversation: Conversation | SharedConversation }
  | { type: "conversation.removed"; conversation: Id; reason: string }
  | {
    type: "contact";
    change: "requested" | "accepted" | "declined" | "removed";
    user: User;
    request?: ContactRequest;
  }
  | { type: "session.ended"; reason: string }
  | { type: "node.draining"; reconnectAfter: number };
