/** Bodies and queries of the HTTP interface. Every object is strict: unknown fields are refused. */
import * as z from "zod";
import { LIMITS } from "./codes.ts";
import { Id, Role, Time } from "./model.ts";
import { oneLine, text, trimmed } from "./text.ts";

export const Email = z.string().trim().toLowerCase().max(254).pipe(z.email()).meta({
  format: "email",
  pattern: z.regexes.email.source,
  description: "Space around it is cut off, and case does not count.",
  examples: ["anna@example.org"],
});
export const Username = z.string().toLowerCase().regex(
  /^[a-z][a-z0-9_.]{2,31}$/,
  "must have 3 to 32 of a-z, 0-9, _ and ., and start with a letter",
).meta({
  description: "3 to 32 of a-z, 0-9, _ and ., beginning with a letter. Capitals are made small.",
  examples: ["anna"],
});
export const Password = text({ min: 8, max: 256 }).meta({
  description:
    "None of the commonest, no pattern such as 12341234, and not the person's own name or address.",
  examples: ["three quiet rivers"],
});
export const DisplayName = text({ min: 1, max: 64 }).meta({ examples: ["Anna"] });

const Transport = z.enum(["body", "cookie"]).meta({
  description:
    "How the refresh token comes: in the answer, or as a cookie that scripts cannot read.",
});
const Device = oneLine({ max: 120 }).meta({
  description:
    "What the device calls itself. If it is absent, what its browser is called and runs on.",
});

export const CodePurpose = z.enum(["register", "reset-password", "change-email"]);
export type CodePurpose = z.infer<typeof CodePurpose>;

const Code = z.string().regex(/^[0-9]{6}$/, "must be 6 digits").meta({
  description: "From the mail.",
  examples: ["123456"],
});
const Proof = z.string().max(4_000).describe(
  "The answer to a challenge that an earlier answer carried.",
);
/** A password that exists already is compared and not judged. */
const KnownPassword = text({ min: 1, max: 256 }).meta({ examples: ["three quiet rivers"] });

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
  login: text({ min: 1, max: 254 }).meta({
    description: "A username or an e-mail address.",
    examples: ["anna"],
  }),
  password: KnownPassword,
  device: Device.optional(),
  transport: Transport.default("body"),
  proof: Proof.optional(),
});

export const ResetPassword = z.strictObject({ email: Email, code: Code, password: Password });

export const ChangePassword = z.strictObject({ current: KnownPassword, password: Password });

export const ChangeEmail = z.strictObject({ email: Email, code: Code, password: KnownPassword });

export const DeleteAccount = z.strictObject({ password: KnownPassword });

export const RefreshSession = z.strictObject({
  refreshToken: z.string().max(512).describe("Absent where it comes as a cookie.").optional(),
});

export const SearchUsers = z.strictObject({
  query: trimmed({ min: 1, max: 254 }).meta({
    description: "A whole e-mail address, or how a username begins.",
    examples: ["anna"],
  }),
});

export const CreateContactRequest = z.strictObject({
  user: Id,
  greeting: text({ max: 200 }).meta({ examples: ["Hello, it is Ben."] }).optional(),
});

const Alias = text({ max: 64 }).meta({
  description: "What this person alone calls the other; empty for none.",
  examples: ["Anna from the choir"],
});

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
  before: Id.describe("The `next` of an earlier page.").optional(),
});

export const ListConversations = z.strictObject({
  limit: queryNumber(1, 1_000).describe("All of them if it is absent.").optional(),
  before: z.string().max(128).describe("The `next` of an earlier page.").optional(),
});

export const ReadConversation = z.strictObject({
  members: z.enum(["true", "false"]).describe(
    "Whether to show who is in it: of a large group that is most of the answer.",
  ).default("true"),
});

const Title = trimmed({ min: 1, max: 100 }).meta({ examples: ["Choir"] });
const GroupMembers = z.array(Id).max(LIMITS.groupMembers);

export const CreateDirect = z.strictObject({ kind: z.literal("direct"), user: Id });

export const CreateGroup = z.strictObject({
  kind: z.literal("group"),
  title: Title,
  members: GroupMembers,
  clientId: Id.describe("A retry under the same one makes no second group.").optional(),
});

export const CreateConversation = z.discriminatedUnion("kind", [CreateDirect, CreateGroup]);

export const ChangeConversation = z.strictObject({
  title: Title.optional(),
  avatar: Id.nullable().optional(),
  announcement: text({ max: 2_000 }).optional(),
  historyVisible: z.boolean().describe("Whether newcomers may read what was said before.")
    .optional(),
});

export const AddMembers = z.strictObject({ users: GroupMembers.min(1) });

export const ChangeMember = z.strictObject({
  role: Role.optional(),
  silencedUntil: Time.nullable().describe("Until then they may only read; null ends it.")
    .optional(),
});

export const ChangeOwnSettings = z.strictObject({
  mutedUntil: Time.nullable().optional(),
  pinned: z.boolean().optional(),
  hidden: z.boolean().optional(),
  draft: text({ max: LIMITS.textCharacters }).optional(),
  markedUnread: z.boolean().optional(),
});

export const CreateInvite = z.strictObject({
  expiresIn: z.int().min(60).max(30 * 24 * 3600).describe("Seconds.").default(7 * 24 * 3600),
  maxUses: z.int().min(1).max(LIMITS.groupMembers).optional(),
});

export const ListMessages = z.strictObject({
  before: queryNumber(0).describe("A position: only what comes before it.").optional(),
  after: queryNumber(0).describe("A position: only what comes after it.").optional(),
  limit: queryNumber(1, LIMITS.historyPage.max).default(LIMITS.historyPage.default),
});

export const ListChanges = z.strictObject({
  since: queryNumber(0).describe("The last revision that is known.").default(0),
  limit: queryNumber(1, LIMITS.syncPage.max).default(LIMITS.syncPage.default),
});

/** What can be written as a file's name on any system, and means nothing but itself there. */
export const FileName = oneLine({ max: LIMITS.fileName })
  .refine((name) => name.trim() !== "", "must not be empty")
  .refine((name) => !/[/\\]/.test(name), "must not contain / or \\")
  .refine((name) => name !== "." && name !== "..", "must not be . or ..")
  .meta({
    maxLength: LIMITS.fileName,
    // The same, for who reads the document.
    pattern: "^(?!\\.{1,2}$)(?=[^]*\\S)[^\\/\\\\\\p{Cc}\\p{Bidi_Control}\\p{Zl}\\p{Zp}]*$",
    examples: ["holiday.jpg"],
  });

export const Sha256 = z.string().regex(/^[0-9a-f]{64}$/, "must be 64 of 0-9 and a-f").meta({
  examples: ["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
});

export const LinkFile = z.strictObject({
  sha256: Sha256,
  size: z.int().min(0),
  name: FileName,
  proof: z.strictObject({
    id: Id.describe("Of the challenge."),
    sha256: Sha256.describe("Of the challenge's `id` (UTF-8) and the bytes that it names."),
  }).optional(),
});

export const DescribeFile = z.strictObject({
  thumbnail: z.base64().meta({
    description: "A picture in WebP, JPEG or PNG.",
    examples: ["UklGRi4AAABXRUJQVlA4TCEAAAAvAAAAAA=="],
  }).optional(),
  placeholder: z.base64().max(64).meta({
    description: "ThumbHash.",
    examples: ["3OcRJYB4d3h/iIeHeEh3eIhw+j2w"],
  }).optional(),
  waveform: z.base64().max(400).meta({
    description: "How loud it is from its beginning to its end: a byte each.",
    examples: ["ABAgQIBAIBAA"],
  }).optional(),
  duration: z.number().min(0).max(7 * 24 * 3600).describe("Seconds.").optional(),
});
export type DescribeFile = z.infer<typeof DescribeFile>;

export const CreateFileLink = z.strictObject({
  expiresIn: z.int().min(1).max(LIMITS.fileLink.max).describe("Seconds.")
    .default(LIMITS.fileLink.default),
  thumbnail: z.literal(true).describe("Of the small picture.").optional(),
});

export const ReadFileByLink = z.strictObject({
  user: Id.describe("Whose rights count."),
  session: Id.describe("With whose end the link ends as well."),
  expires: queryNumber(0).describe("Milliseconds since 1970."),
  thumbnail: z.literal("true").describe("The small picture.").optional(),
  signature: Sha256.describe("The server's, of all of it."),
});

export const FindLinkPreview = z.strictObject({
  url: z.url({ protocol: /^https?$/, hostname: /./ }).max(2_000).meta({
    examples: ["https://example.org/news"],
  }),
});

export const CreateTicket = z.strictObject({
  exclude: z.array(z.string().max(64)).max(100).describe(
    "Nodes that could not be reached a moment ago, if there are others.",
  ).optional(),
});
