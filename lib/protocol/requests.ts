/** Bodies and queries of the HTTP interface. Every object is strict: unknown fields are refused. */
import * as z from "zod";
import { LIMITS } from "./codes.ts";
import { Id } from "./model.ts";
import { text } from "./text.ts";

export const Email = z.string().trim().toLowerCase().max(254).pipe(z.email());
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

export const RequestCode = z.strictObject({ email: Email, purpose: CodePurpose });

export const CreateAccount = z.strictObject({
  email: Email,
  code: z.string().regex(/^[0-9]{6}$/, "must be 6 digits"),
  username: Username,
  password: Password,
  displayName: DisplayName.optional(),
  device: Device.optional(),
  transport: Transport.default("body"),
});

export const CreateSession = z.strictObject({
  login: text({ min: 1, max: 254 }),
  password: text({ min: 1, max: 256 }),
  device: Device.optional(),
  transport: Transport.default("body"),
});

export const RefreshSession = z.strictObject({ refreshToken: z.string().max(512).optional() });

export const SearchUsers = z.strictObject({
  query: z.string().trim().pipe(text({ min: 1, max: 254 })),
});

export const CreateContactRequest = z.strictObject({
  user: Id,
  greeting: text({ max: 200 }).optional(),
});

export const AcceptContactRequest = z.strictObject({ alias: text({ max: 64 }).optional() });

/** A whole number written in a query string. */
function queryNumber(min: number, max = Number.MAX_SAFE_INTEGER): z.ZodType<number, string> {
  return z.string().regex(/^[0-9]{1,16}$/, "must be a whole number")
    .transform(Number).pipe(z.int().min(min).max(max));
}

export const ListConversations = z.strictObject({
  limit: queryNumber(1, 1_000).optional(),
  before: z.string().max(128).optional(),
});

export const CreateConversation = z.strictObject({ kind: z.literal("direct"), user: Id });

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
