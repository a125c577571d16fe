/** What HTTP answers carry, where that is more than one of the objects in model.ts. */
import * as z from "zod";
import { ERROR_STATUS, type ErrorCode } from "./codes.ts";
import {
  Challenge,
  Contact,
  Conversation,
  Counter,
  Id,
  LinkPreview,
  Member,
  Message,
  RelatedUser,
  SecurityEvent,
  SessionEntry,
  Time,
} from "./model.ts";

const codes = Object.keys(ERROR_STATUS) as [ErrorCode, ...ErrorCode[]];

/** Every refusal (RFC 9457). */
export const Problem = z.object({
  type: z.string().describe("`urn:parley:error:` and the code."),
  title: z.string(),
  status: z.int(),
  detail: z.string().describe("For whoever reads it, in English."),
  code: z.enum(codes),
  errors: z.array(z.object({ path: z.string(), message: z.string() }))
    .describe("What is wrong about which field.").optional(),
  retryAfter: z.int().min(0).describe("Seconds, as in `Retry-After`.").optional(),
  challenge: Challenge.describe("Whoever solves it need not wait.").optional(),
  because: z.string().describe(
    "Why a session ended, where its own refresh token is refused: what `session.ended` says.",
  ).optional(),
});

export const CodeSent = z.object({
  resendAfter: z.int().describe("Seconds."),
  expiresIn: z.int().describe("Seconds."),
});

export const DeletionDate = z.object({ deletesAt: Time });

export const SessionList = z.object({ sessions: z.array(SessionEntry) });

export const SecurityEventPage = z.object({
  events: z.array(SecurityEvent),
  next: Id.nullable().describe("What `before` has to be for the next page."),
});

export const FoundUsers = z.object({ users: z.array(RelatedUser) });

export const NewContact = z.object({ contact: Contact, conversation: Conversation });

export const ConversationPage = z.object({
  conversations: z.array(Conversation),
  next: z.string().nullable().describe("What `before` has to be for the next page."),
});

export const MessagePage = z.object({ messages: z.array(Message), more: z.boolean() });

export const ChangePage = z.object({
  messages: z.array(Message),
  seq: Counter,
  rev: Counter,
  more: z.boolean(),
});

export const PinnedMessages = z.object({ messages: z.array(Message) });

export const AddedMembers = z.object({ members: z.array(Member) });

export const TicketGrant = z.object({
  url: z.string().describe("Where the WebSocket is."),
  ticket: z.string().describe("Offered as the subprotocol `ticket.` and this, once."),
  expiresIn: z.int().describe("Seconds."),
  node: z.string().describe("For `exclude`, if it cannot be reached."),
});

export const Liveness = z.object({ status: z.literal("alive") });

export const Readiness = z.object({
  status: z.enum(["ready", "draining", "not-ready"]),
  dependencies: z.record(z.string(), z.enum(["up", "down", "refused"])),
  reasons: z.record(z.string(), z.string()).optional(),
});

export const FileChallenge = z.object({
  challenge: z.object({
    id: Id,
    offset: z.int().describe("Where the bytes begin that have to be shown."),
    length: z.int(),
  }),
});
export type FileChallenge = z.infer<typeof FileChallenge>;

export const FileLink = z.object({ url: z.string(), expiresAt: Time });
export type FileLink = z.infer<typeof FileLink>;

export const Storage = z.object({
  used: z.int().describe("Bytes, of files that one holds or sent, and of uploads under way."),
  quota: z.int().describe("Bytes."),
});

export const FoundLinkPreview = z.object({
  preview: LinkPreview.nullable().describe("Null where there is nothing to show."),
});
export type Storage = z.infer<typeof Storage>;
