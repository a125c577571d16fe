/** Bodies and queries of the HTTP interface. Every object is strict: unknown fields are refused. */
import * as z from "zod";
import { LIMITS } from "./codes.ts";
import { Id, Role, Time } from "./model.ts";
import { text, trimmed } from "./text.ts";

export const Email = z.string().trim().toLowerCase().max(254).pipe(z.email()).meta({
  format: "email",
  pattern: z.regexes.email.source,
  description: "Space around it is cut off, and case does not count.",
});
export const Username = z.string().toLowerCase().regex(
  /^[a-z][a-z0-9_.]{2,31}$/,
  "must have 3 to 32 of a-z, 0-9, _ and ., and start with a letter",
);
export const Password = text({ min: 8, max: 256 });
export const DisplayName = text({ min: 1, max: 64 });

const Transport = z.enum(["body", "cookie"]);
const Device = text({ max: 120 });

export const CodePurpose = z.enum(["register", "reset-password", "change-email"]);
export type CodePurpose = z.infer<typeof CodePurpose>;

const Code = z.string().regex(/^[0-9]{6}$/, "must be 6 digits");
/** The answer to a challenge that an earlier answer carried. */
const Proof = z.string().max(4_000);
/** A password that exists already is compared and not judged. */
const KnownPassword = text({ min: 1, max: 256 });

export const RequestCode = z.strictObject({
  email: Email,
  purpose: CodePurpose,
  proof: Proof.optional(),
});

export const CreateAccount = z.strictObject({
  email: Email,
  code: Code,
  username: Username,
  password: Password,
  displayName: DisplayName.optional(),
  device: Device.optional(),
  transport: Transport.default("body"),
});

export const CreateSession = z.strictObject({
  login: text({ min: 1, max: 254 }),
  password: KnownPassword,
  device: Device.optional(),
  transport: Transport.default("body"),
  proof: Proof.optional(),
});

export const ResetPassword = z.strictObject({ email: Email, code: Code, password: Password });

export const ChangePassword = z.strictObject({ current: KnownPassword, password: Password });

export const ChangeEmail = z.strictObject({ email: Email, code: Code, password: KnownPassword });

export const DeleteAccount = z.strictObject({ password: KnownPassword });

export const RefreshSession = z.strictObject({ refreshToken: z.string().max(512).optional() });

export const SearchUsers = z.strictObject({
  query: trimmed({ min: 1, max: 254 }),
});

export const CreateContactRequest = z.strictObject({
  user: Id,
  greeting: text({ max: 200 }).optional(),
});

const Alias = text({ max: 64 });

export const AcceptContactRequest = z.strictObject({ alias: Alias.optional() });

export const ChangeContact = z.strictObject({ alias: Alias });

export const ChangeMe = z.strictObject({
  displayName: DisplayName.optional(),
  bio: text({ max: 500 }).optional(),
  avatar: Id.nullable().optional(),
});

/** A whole number written in a query string. */
function queryNumber(min: number, max = Number.MAX_SAFE_INTEGER): z.ZodType<number, string> {
  return z.string().regex(/^[0-9]{1,16}$/, "must be a whole number")
    .transform(Number).pipe(z.int().min(min).max(max));
}

export const ListSecurityEvents = z.strictObject({
  limit: queryNumber(1, 200).default(50),
  before: Id.optional(),
});

export const ListConversations = z.strictObject({
  limit: queryNumber(1, 1_000).optional(),
  before: z.string().max(128).optional(),
});

export const ReadConversation = z.strictObject({
  /** Whether to show who is in it: of a large group that is most of the answer. */
  members: z.enum(["true", "false"]).default("true"),
});

const Title = trimmed({ min: 1, max: 100 });
const GroupMembers = z.array(Id).max(LIMITS.groupMembers);

export const CreateDirect = z.strictObject({ kind: z.literal("direct"), user: Id });

export const CreateGroup = z.strictObject({
  kind: z.literal("group"),
  title: Title,
  members: GroupMembers,
  /** A retry under the same one makes no second group. */
  clientId: Id.optional(),
});

export const CreateConversation = z.discriminatedUnion("kind", [CreateDirect, CreateGroup]);

export const ChangeConversation = z.strictObject({
  title: Title.optional(),
  avatar: Id.nullable().optional(),
  announcement: text({ max: 2_000 }).optional(),
  historyVisible: z.boolean().optional(),
});

export const AddMembers = z.strictObject({ users: GroupMembers.min(1) });

export const ChangeMember = z.strictObject({
  role: Role.optional(),
  silencedUntil: Time.nullable().optional(),
});

export const ChangeOwnSettings = z.strictObject({
  mutedUntil: Time.nullable().optional(),
  pinned: z.boolean().optional(),
  hidden: z.boolean().optional(),
  draft: text({ max: LIMITS.textCharacters }).optional(),
  markedUnread: z.boolean().optional(),
});

export const CreateInvite = z.strictObject({
  /** Seconds. */
  expiresIn: z.int().min(60).max(30 * 24 * 3600).default(7 * 24 * 3600),
  maxUses: z.int().min(1).max(LIMITS.groupMembers).optional(),
});

export const ListMessages = z.strictObject({
  before: queryNumber(0).optional(),
  after: queryNumber(0).optional(),
  limit: queryNumber(1, LIMITS.historyPage.max).default(LIMITS.historyPage.default),
});

export const ListChanges = z.strictObject({
  since: queryNumber(0).default(0),
  limit: queryNumber(1, LIMITS.syncPage.max).default(LIMITS.syncPage.default),
});

export const CreateTicket = z.strictObject({
  exclude: z.array(z.string().max(64)).max(100).optional(),
});
