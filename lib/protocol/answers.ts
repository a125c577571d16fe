/** What HTTP answers carry, where that is more than one of the objects in model.ts. */
import * as z from "zod";
import { ERROR_STATUS, type ErrorCode } from "./codes.ts";
import {
  Challenge,
  Contact,
  Conversation,
  Counter,
  Id,
  Member,
  Message,
  RelatedUser,
  SecurityEvent,
  SessionEntry,
} from "./model.ts";

const codes = Object.keys(ERROR_STATUS) as [ErrorCode, ...ErrorCode[]];

/** Every refusal (RFC 9457). */
export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.enum(codes),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  retryAfter: z.int().min(0).optional(),
  challenge: Challenge.optional(),
});

export const CodeSent = z.object({ resendAfter: z.int(), expiresIn: z.int() });

export const SessionList = z.object({ sessions: z.array(SessionEntry) });

export const SecurityEventPage = z.object({
  events: z.array(SecurityEvent),
  next: Id.nullable(),
});

export const FoundUsers = z.object({ users: z.array(RelatedUser) });

export const NewContact = z.object({ contact: Contact, conversation: Conversation });

export const ConversationPage = z.object({
  conversations: z.array(Conversation),
  next: z.string().nullable(),
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
  url: z.string(),
  ticket: z.string(),
  expiresIn: z.int(),
  node: z.string(),
});

export const Liveness = z.object({ status: z.literal("alive") });

export const Readiness = z.object({
  status: z.enum(["ready", "draining", "not-ready"]),
  dependencies: z.record(z.string(), z.enum(["up", "down", "refused"])),
  reasons: z.record(z.string(), z.string()).optional(),
});
