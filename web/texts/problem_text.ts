import { ApiError } from "../../client/api.ts";
import { ERROR_STATUS, type ErrorCode } from "../../lib/protocol/codes.ts";
import type { TextKey, Translate } from "./text.ts";

const BY_CODE: Record<ErrorCode, TextKey> = {
  "invalid": "problem.invalid",
  "unauthenticated": "problem.unauthenticated",
  "forbidden": "problem.forbidden",
  "not-found": "problem.not_found",
  "conflict": "problem.conflict",
  "gone": "problem.gone",
  "too-large": "problem.too_large",
  "unsupported": "problem.unsupported",
  "rate-limited": "problem.rate_limited",
  "code-wrong": "problem.code_wrong",
  "code-expired": "problem.code_expired",
  "credentials": "problem.credentials",
  "not-contact": "problem.not_contact",
  "not-member": "problem.not_member",
  "unavailable": "problem.unavailable",
  "timeout": "problem.timeout",
  "internal": "problem.internal",
};

/** What a field's rule is. The server's own words are English, so they are not shown. */
const BY_FIELD: Partial<Record<string, TextKey>> = {
  email: "problem.field_email",
  code: "problem.field_code",
  username: "problem.field_username",
  password: "problem.field_password",
  displayName: "problem.field_display_name",
  login: "problem.field_login",
  greeting: "problem.field_greeting",
  query: "problem.field_query",
  bio: "problem.field_bio",
  title: "problem.field_title",
  announcement: "problem.field_announcement",
  alias: "problem.field_alias",
};

const TAKEN: Partial<Record<string, TextKey>> = {
  username: "problem.username_taken",
  email: "problem.email_taken",
};

export function codeOf(error: unknown): ErrorCode {
  const code = error instanceof ApiError ? error.code : "internal";
  return isErrorCode(code) ? code : "internal";
}

/** Why something did not work. `special` says it better for one form's codes. */
export function problemText(
  t: Translate,
  error: unknown,
  special: Partial<Record<ErrorCode, TextKey>> = {},
): string {
  const code = codeOf(error);
  const seconds = waitOf(error);
  if (seconds !== undefined) return waitText(t, error, seconds);
  // Nobody answered: then it is the way there, and no use to wait.
  const lost = error instanceof ApiError && code === "unavailable" && error.status === 0;
  return t(special[code] ?? (lost ? "problem.unreachable" : BY_CODE[code]));
}

/** Whole seconds after which it can be tried again, if that is known and is the reason. */
export function waitOf(error: unknown): number | undefined {
  const waits = error instanceof ApiError &&
    (error.code === "rate-limited" || error.code === "unavailable");
  return waits && error.retryAfter !== undefined ? Math.ceil(error.retryAfter) : undefined;
}

/** For how much longer whoever has to wait does so, and why. */
export function waitText(t: Translate, error: unknown, seconds: number): string {
  if (codeOf(error) === "unavailable") return t("problem.unavailable_for", { seconds });
  return seconds < 100
    ? t("problem.rate_limited_for", { seconds })
    : t("problem.rate_limited_minutes", { minutes: Math.ceil(seconds / 60) });
}

/** Why a send failed, from the code kept with the message. */
export function failureText(t: Translate, code: string): string {
  return t(isErrorCode(code) ? BY_CODE[code] : "problem.internal");
}

/** What is wrong with one field, if the server complained about that field. */
export function fieldProblemText(t: Translate, error: unknown, field: string): string | undefined {
  if (!(error instanceof ApiError)) return undefined;
  if (!error.errors?.some((problem) => fieldOf(problem.path) === field)) return undefined;
  if (error.code === "conflict") return t(TAKEN[field] ?? "problem.conflict");
  return t(BY_FIELD[field] ?? "problem.invalid");
}

/** The first name in a path such as `username`, `/username` or `members.0`. */
function fieldOf(path: string): string {
  return path.split(/[./]/).find((part) => part !== "") ?? "";
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERROR_STATUS, code);
}
