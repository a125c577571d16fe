import type { SecurityEvent } from "../../lib/protocol/model.ts";
import type { TextKey, Translate } from "./text.ts";

const BY_TYPE: Record<SecurityEvent["type"], TextKey> = {
  "account-created": "activity.account_created",
  "signed-in": "activity.signed_in",
  "sign-in-failed": "activity.sign_in_failed",
  "signed-out": "activity.signed_out",
  "session-ended": "activity.session_ended",
  "other-sessions-ended": "activity.other_sessions_ended",
  "refresh-token-reused": "activity.refresh_token_reused",
  "password-changed": "activity.password_changed",
  "password-reset": "activity.password_reset",
  "email-changed": "activity.email_changed",
  "deletion-asked": "activity.deletion_asked",
  "deletion-called-off": "activity.deletion_called_off",
  "account-disabled": "activity.account_disabled",
  "account-enabled": "activity.account_enabled",
};

/** What somebody else may have done. */
const GRAVE: ReadonlySet<string> = new Set<SecurityEvent["type"]>([
  "sign-in-failed",
  "refresh-token-reused",
]);

/** What happened to the account. Types that this page does not know are not hidden. */
export function securityText(t: Translate, { type }: SecurityEvent): string {
  return t(Object.hasOwn(BY_TYPE, type) ? BY_TYPE[type] : "activity.other");
}

export function isGrave({ type }: SecurityEvent): boolean {
  return GRAVE.has(type);
}
