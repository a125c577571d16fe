import type { CodePurpose } from "../../lib/protocol/requests.ts";
import type { Notice } from "../service.ts";
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

/** What an account's owner is told, whoever did it. */
export function noticeMail({ kind, to, name, at, device, ip }: Notice): Mail {
  const from = [device, ip].filter((part) => part !== undefined && part !== "").join(", ");
  return {
    to,
    subject: WHAT_HAPPENED[kind],
    text: `${name},\n\n${WHAT_HAPPENED[kind]}: ${at}${from === "" ? "" : ` (${from})`}.\n\n` +
      `If this was not you, choose a new password and look at your sessions.\n`,
  };
}

const WHAT_HAPPENED: Record<Notice["kind"], string> = {
  "password-changed": "Your Parley password was changed",
  "password-reset": "Your Parley password was reset",
  "email-changed-from": "Your Parley account has another e-mail address now",
  "email-changed-to": "This is now the e-mail address of your Parley account",
  "deletion-asked": "Your Parley account will be deleted",
  "deletion-called-off": "Your Parley account will not be deleted",
  "session-stolen": "Somebody used a copy of your session, and it was ended",
};
