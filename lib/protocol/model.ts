/** The objects that the wire contract carries, as schemas and types. */
import * as z from "zod";

export const ID_PATTERN = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** A lower-case UUID. */
export const Id = z.string().regex(ID_PATTERN, "must be a lower-case UUID").meta({
  format: "uuid",
  description: "A lower-case UUID.",
  examples: ["01a1ffb9-0802-7477-9711-c6280e49fcb9"],
});
export type Id = z.infer<typeof Id>;

/** ISO 8601, UTC, milliseconds. There is no year 0 in PostgreSQL, and no use for the first 1969. */
export const Time = z.iso.datetime({ precision: 3 })
  .refine((time) => time >= "1970", "must be of 1970 or later")
  .meta({
    // The format says the rest.
    pattern: "^(19[7-9]\\d|[2-9]\\d{3})-\\d\\d-\\d\\dT\\d\\d:\\d\\d:[0-5]\\d\\.\\d{3}Z$",
    description: "ISO 8601 in UTC, with milliseconds.",
    examples: ["2026-11-21T20:07:58.877Z"],
  });
export type Time = z.infer<typeof Time>;

/** A position or a revision: a whole number, 0 for "nothing yet". */
export const Counter = z.int().min(0);

export const User = z.object({
  id: Id,
  username: z.string(),
  displayName: z.string(),
  avatar: Id.nullable(),
  bio: z.string(),
  deleted: z.literal(true).describe(
    "The account is gone: what this person said stays, their name does not.",
  ).optional(),
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
  accessExpiresIn: z.int().describe("Seconds."),
  refreshExpiresIn: z.int().describe("Seconds."),
  refreshToken: z.string().describe("Absent with the cookie transport.").optional(),
});
export type SessionGrant = z.infer<typeof SessionGrant>;

/** One of a person's own sessions. */
export const SessionEntry = z.object({
  id: Id,
  device: z.string().describe(
    "What the device calls itself, or what its browser is called and runs on.",
  ),
  createdAt: Time,
  lastUsedAt: Time,
  ip: z.string().describe("The network address that it was used from last."),
  current: z.boolean(),
});
export type SessionEntry = z.infer<typeof SessionEntry>;

/** What happened to a person's own account. Later versions may have other types. */
export const SecurityEvent = z.object({
  id: Id,
  type: z.enum([
    "account-created",
    "signed-in",
    "sign-in-failed",
    "signed-out",
    "session-ended",
    "other-sessions-ended",
    "refresh-token-reused",
    "password-changed",
    "password-reset",
    "email-changed",
    "deletion-asked",
    "deletion-called-off",
    "account-disabled",
    "account-enabled",
  ]),
  at: Time,
  device: z.string(),
  ip: z.string(),
  session: Id.nullable().describe("The session that did it, or that it was done to."),
});
export type SecurityEvent = z.infer<typeof SecurityEvent>;

/**
 * A small proof of work: find a counter from which the key that is derived begins with `keyPrefix`
 * (ALTCHA, version 2). The answer is sent along as `proof`: the base64 of the JSON of
 * `{ challenge, solution: { counter, derivedKey } }`.
 */
export const Challenge = z.object({
  parameters: z.object({
    algorithm: z.string(),
    nonce: z.string(),
    salt: z.string(),
    cost: z.int(),
    keyLength: z.int(),
    keyPrefix: z.string(),
    data: z.record(z.string(), z.union([z.string(), z.number()])).describe(
      "What it is for, and until when it counts.",
    ),
  }),
  signature: z.string(),
});
export type Challenge = z.infer<typeof Challenge>;

export const ContactRequest = z.object({
  id: Id,
  from: User,
  to: User,
  greeting: z.string(),
  at: Time,
});
export type ContactRequest = z.infer<typeof ContactRequest>;

export const PresenceState = z.enum(["online", "away", "busy", "offline", "unknown"]);
export type PresenceState = z.infer<typeof PresenceState>;

/** `unknown` where it cannot be said, or may not: presence is for contacts. */
export const Presence = z.object({ user: Id, state: PresenceState, lastSeenAt: Time.nullable() });
export type Presence = z.infer<typeof Presence>;

export const Contact = z.object({
  user: User,
  alias: z.string(),
  conversation: Id,
  unread: z.int().describe("Messages of that conversation that were not read."),
  presence: Presence,
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

export const Role = z.enum(["owner", "admin", "member"]);
export type Role = z.infer<typeof Role>;

/** What a system message says. Later versions may have other types. */
export const SystemEvent = z.object({
  type: z.enum([
    "created",
    "joined",
    "left",
    "removed",
    "renamed",
    "avatar",
    "announcement",
    "history",
    "role",
    "silenced",
    "contact",
  ]),
  by: Id,
  users: z.array(Id).describe("Whom it is about: who joined, was removed, has another role …")
    .optional(),
  count: z.int().describe("How many came, where `users` names only the first of them.").optional(),
  title: z.string().optional(),
  announcement: z.string().optional(),
  visible: z.boolean().describe("Of `history`: whether newcomers may read what was said before.")
    .optional(),
  role: Role.optional(),
  until: Time.describe("Of `silenced`: absent where somebody may write again.").optional(),
});
export type SystemEvent = z.infer<typeof SystemEvent>;

/** A file as those see it to whom it was sent. */
export const Attachment = z.object({
  id: Id,
  name: z.string(),
  type: z.string().describe("By what is in it, such as `image/png`."),
  size: z.int().describe("Bytes."),
  sha256: z.string().describe("Of what a download gives, in hex."),
  width: z.int().describe("Pixels, of a picture or a video.").optional(),
  height: z.int().optional(),
  duration: z.number().describe("Seconds, of what is played.").optional(),
  placeholder: z.string().describe(
    "A blurred picture of some 25 bytes (ThumbHash), in base64: to be shown until the real one is there.",
  ).optional(),
  waveform: z.string().describe(
    "How loud it is from its beginning to its end: a byte each, in base64.",
  ).optional(),
  thumbnail: z.literal(true).describe("There is a small picture at `/files/:id/thumbnail`.")
    .optional(),
});
export type Attachment = z.infer<typeof Attachment>;

/** What a page says about itself that somebody links to. */
export const LinkPreview = z.object({
  id: Id,
  url: z.string(),
  title: z.string(),
  description: z.string(),
  site: z.string().describe("What the whole site is called, or its host."),
  image: z.object({ width: z.int(), height: z.int() }).describe(
    "There is a picture at `/link-previews/:id/image`, of so many pixels.",
  ).optional(),
});
export type LinkPreview = z.infer<typeof LinkPreview>;

export const Message = z.object({
  id: Id,
  conversation: Id,
  seq: Counter,
  rev: Counter.describe("The revision of this message's latest change."),
  sender: Id,
  clientId: Id,
  kind: MessageKind,
  text: z.string(),
  replyTo: Counter.optional(),
  mentions: z.array(Id).optional(),
  mentionsAll: z.literal(true).optional(),
  attachments: z.array(Attachment).optional(),
  reactions: z.record(z.string(), z.array(Id)).describe(
    "Who reacted, by emoji, in the order in which they did.",
  ).optional(),
  pinned: z.literal(true).optional(),
  event: SystemEvent.describe("Of a system message.").optional(),
  at: Time,
  editedAt: Time.optional(),
  recalledAt: Time.optional(),
});
export type Message = z.infer<typeof Message>;

export const Member = z.object({
  user: User,
  role: Role,
  joinedSeq: Counter,
  readSeq: Counter,
  deliveredSeq: Counter,
  silencedUntil: Time.nullable().describe(
    "Until then this person may only read: an admin decided so.",
  ),
});
export type Member = z.infer<typeof Member>;

/** What a person chose for a conversation: for their own devices alone. */
export const OwnSettings = z.object({
  mutedUntil: Time.nullable().describe("No notifications until then, mentions excepted."),
  pinned: z.boolean(),
  hidden: z.boolean().describe("Not in the list until something is said."),
  markedUnread: z.boolean(),
  draft: z.string().describe("What was typed and not sent."),
});
export type OwnSettings = z.infer<typeof OwnSettings>;

/** What every member sees alike. */
export const SharedConversation = z.object({
  id: Id,
  kind: z.enum(["direct", "group"]),
  title: z.string(),
  avatar: Id.nullable(),
  seq: Counter,
  rev: Counter,
  memberCount: z.int(),
  announcement: z.string(),
  historyVisible: z.boolean(),
  createdAt: Time,
});
export type SharedConversation = z.infer<typeof SharedConversation>;

export const Conversation = SharedConversation.extend({
  readSeq: Counter,
  unread: z.int(),
  mentions: z.int(),
  lastMessage: Message.nullable(),
  peer: User.describe("The other person of a direct conversation.").optional(),
  role: Role,
}).extend(OwnSettings.shape);
export type Conversation = z.infer<typeof Conversation>;

export const ConversationDetails = Conversation.extend({ members: z.array(Member) });
export type ConversationDetails = z.infer<typeof ConversationDetails>;

export const Invite = z.object({ token: z.string(), url: z.string(), expiresAt: Time });
export type Invite = z.infer<typeof Invite>;

/** What an invitation shows to somebody who has yet to accept it. */
export const InvitePreview = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("group"),
    title: z.string(),
    avatar: Id.nullable(),
    memberCount: z.int(),
    conversation: Id.nullable().describe(
      "Of whoever asks: the conversation, if they are in it already.",
    ),
    expiresAt: Time,
  }),
  z.object({ kind: z.literal("contact"), from: User, relation: Relation, expiresAt: Time }),
]);
export type InvitePreview = z.infer<typeof InvitePreview>;

/** Where a conversation's log stands, and how far its reader has read. */
export const Head = z.object({ conversation: Id, seq: Counter, rev: Counter, readSeq: Counter });
export type Head = z.infer<typeof Head>;
