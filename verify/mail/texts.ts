import type { CodePurpose } from "../../lib/protocol/requests.ts";
import type { Mail } from "./mailer.ts";

/** The mail that carries a code. The code leads the subject, where a phone's notification shows it. */
export function codeMail(to: string, purpose: CodePurpose, code: string, minutes: number): Mail {
  return {
    to,
    subject: `${code} is your Parley code`,
    text: `${code}\n\n` +
      `${WHAT_FOR[purpose]} It is valid for ${minutes} minutes and works once.\n` +
      `If you did not ask for it, you need not do anything.\n`,
    code,
  };
}

const WHAT_FOR: Record<CodePurpose, string> = {
  "register": "Enter this code to create your Parley account.",
  "reset-password": "Enter this code to choose a new password.",
  "change-email": "Enter this code to confirm this as your new e-mail address.",
};

/** For an address that someone tried to register again. */
export function accountExistsMail(to: string): Mail {
  return {
    to,
    subject: "You already have a Parley account",
    text: `Someone asked to register this e-mail address with Parley, and it has an account.\n\n` +
      `If it was you, sign in instead. If it was not, you need not do anything.\n`,
  };
}
