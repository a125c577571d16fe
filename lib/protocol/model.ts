/** The objects that the wire contract carries, as schemas and types. */
import * as z from "zod";

export const ID_PATTERN = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** A lower-case UUID. */
export const Id = z.string().regex(ID_PATTERN, "must be a lower-case UUID");
export type Id = z.infer<typeof Id>;

/** ISO 8601, UTC, milliseconds. */
export const Time = z.iso.datetime({ precision: 3 });
export type Time = z.infer<typeof Time>;

/** A position or a revision: a whole number, 0 for "nothing yet". */
export const Counter = z.int().min(0);

export const User = z.object({
  id: Id,
  username: z.string(),
  displayName: z.string(),
  avatar: Id.nullable(),
  bio: z.string(),
});
export type User = z.infer<typeof User>;

export const Me = User.extend({ email: z.string(), createdAt: Time });
export type Me = z.infer<typeof Me>;

export const Relation = z.enum(["self", "none", "requested", "incoming", "contact", "blocked"]);
export type Relation = z.infer<typeof Relation>;

export const RelatedUser = User.extend({ relation: Relation });
export type RelatedUser = z.infer<typeof RelatedUser>;

export const SessionGrant = z.object({
  user: Me,
  session: Id,
  accessToken: z.string(),
  /** Seconds. */
  accessExpiresIn: z.int(),
  /** Seconds. */
  refreshExpiresIn: z.int(),
  /** Absent with the cookie transport. */
  refreshToken: z.string().optional(),
});
export type SessionGrant = z.infer<typeof SessionGrant>;

export const ContactRequest = z.object({
  id: Id,
  from: User,
  to: User,
  greeting: z.string(),
  at: Time,
});
export type ContactRequest = z.infer<typeof ContactRequest>;

export const Contact = z.object({
  user: User,
  alias: z.string(),
  conversation: Id,
  at: Time,
});
export type Contact = z.infer<typeof Contact>;

export const ContactLists = z.object({
  contacts: z.array(Contact),
  incoming: z.array(ContactRequest),
  outgoing: z.array(ContactRequest),
  blocked: z.array(User),
});
export type ContactLists = z.infer<typeof ContactLists>;

export const MessageKind = z.enum(["text", "file", "system"]);
export type MessageKind = z.infer<typeof MessageKind>;

export const Message = z.object({
  id: Id,
  conversation: Id,
  seq: Counter,
  /** The revision of this message's latest change. */
  rev: Counter,
  sender: Id,
  clientId: Id,
  kind: MessageKind,
  text: z.string(),
  replyTo: Counter.optional(),
  mentions: z.array(Id).optional(),
  at: Time,
  editedAt: Time.optional(),
  recalledAt: Time.optional(),
});
export type Message = z.infer<typeof Message>;

export const Role = z.enum(["owner", "admin", "member"]);
export type Role = z.infer<typeof Role>;

export const Member = z.object({
  user: User,
  role: Role,
  joinedSeq: Counter,
  readSeq: Counter,
  deliveredSeq: Counter,
});
export type Member = z.infer<typeof Member>;

export const Conversation = z.object({
  id: Id,
  kind: z.enum(["direct", "group"]),
  title: z.string(),
  avatar: Id.nullable(),
  seq: Counter,
  rev: Counter,
  readSeq: Counter,
  unread: z.int(),
  mentions: z.int(),
  lastMessage: Message.nullable(),
  memberCount: z.int(),
  /** The other person of a direct conversation. */
  peer: User.optional(),
  role: Role,
  mutedUntil: Time.nullable(),
  pinned: z.boolean(),
  hidden: z.boolean(),
  markedUnread: z.boolean(),
  announcement: z.string(),
  historyVisible: z.boolean(),
  createdAt: Time,
});
export type Conversation = z.infer<typeof Conversation>;

export const ConversationDetails = Conversation.extend({ members: z.array(Member) });
export type ConversationDetails = z.infer<typeof ConversationDetails>;

/** Where a conversation's log stands, and how far its reader has read. */
export const Head = z.object({ conversation: Id, seq: Counter, rev: Counter, readSeq: Counter });
export type Head = z.infer<typeof Head>;
