/** What the verification service is asked, here or by another process. */
import * as z from "zod";
import { LANGUAGES } from "../lib/protocol/codes.ts";
import { Time } from "../lib/protocol/model.ts";
import { DisplayName, Email } from "../lib/protocol/requests.ts";
import { text } from "../lib/protocol/text.ts";

export const CodeRequest = z.strictObject({
  /** Whether the address has an account. */
  known: z.boolean(),
  language: z.enum(LANGUAGES),
  /** The network address that asks. */
  network: z.string().max(64),
  /** The answer to a challenge. */
  proof: z.string().max(4_000).optional(),
});
export type CodeRequest = z.infer<typeof CodeRequest>;

/** What is told to an account's owner, whoever did it. */
export const Notice = z.strictObject({
  kind: z.enum([
    "password-changed",
    "password-reset",
    "email-changed-from",
    "email-changed-to",
    "deletion-asked",
    "deletion-called-off",
    "session-stolen",
  ]),
  to: Email,
  language: z.enum(LANGUAGES),
  /** What the person is called. */
  name: DisplayName,
  /** When it happened, or for `deletion-asked` when it will. */
  at: Time,
  /** What it was done from. */
  device: text({ max: 120 }).optional(),
  ip: z.string().max(64).optional(),
});
export type Notice = z.infer<typeof Notice>;
