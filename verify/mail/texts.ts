/**
 * What mails say, in each language. `{…}` is filled in by compose.ts. What the page has a word for is
 * called by that word here, so that whoever comes from a mail finds it.
 */
import type { Language } from "../../lib/protocol/codes.ts";
import type { CodePurpose } from "../../lib/protocol/requests.ts";
import type { Notice } from "../requests.ts";

/** What a code for an address with an account is not sent for. */
export type TakenPurpose = Exclude<CodePurpose, "reset-password">;

export type Said = { subject: string; paragraphs: readonly string[] };

export type Texts = {
  /** `{code}`, `{minutes}` and, in the first paragraph, `{what}`. */
  code: Said;
  what: Record<CodePurpose, string>;
  /** For an address that has an account, where a code for it was asked for that it cannot use. */
  accountExists: Record<TakenPurpose, Said>;
  /** `{name}`. */
  greeting: string;
  /** `{at}`. */
  notices: Record<Notice["kind"], Said>;
  /** `{from}`: what it was done from. */
  from: string;
};

export const TEXTS: Record<Language, Texts> = {
  "en": {
    code: {
      // The code leads the subject, where a phone's notification shows it.
      subject: "{code} is your Parley code",
      paragraphs: [
        "{what}",
        "It is valid for {minutes} minutes and works once. Nobody from Parley will ever ask you for it.",
        "If you did not ask for it, you need not do anything.",
      ],
    },
    what: {
      "register": "Enter this code to create your Parley account.",
      "reset-password": "Enter this code to choose a new password for your Parley account.",
      "change-email": "Enter this code to confirm this as the new e-mail address of your account.",
    },
    accountExists: {
      "register": {
        subject: "You already have a Parley account",
        paragraphs: [
          "Someone asked to create a Parley account with this e-mail address, and it already has one.",
          "If it was you, sign in instead. “Forgot your password?” on the sign-in page helps if you " +
          "do not know the password any more.",
          "If it was not you, you need not do anything.",
        ],
      },
      "change-email": {
        subject: "This e-mail address belongs to a Parley account already",
        paragraphs: [
          "Someone asked to make this the e-mail address of another Parley account. It belongs to " +
          "an account already, so it cannot be used for a second one.",
          "If it was you, use another address, or change the address of this account first.",
          "If it was not you, you need not do anything.",
        ],
      },
    },
    greeting: "Hello {name},",
    notices: {
      "password-changed": {
        subject: "Your Parley password was changed",
        paragraphs: [
          "The password of your Parley account was changed at {at}, and every other device was " +
          "signed out.",
          "If this was not you, choose “Forgot your password?” on the sign-in page now.",
        ],
      },
      "password-reset": {
        subject: "Your Parley password was reset",
        paragraphs: [
          "A new password for your Parley account was chosen at {at} with a code sent to this " +
          "address, and every device was signed out.",
          "If this was not you, somebody can read your mail: change its password first, and then " +
          "choose “Forgot your password?” on Parley’s sign-in page.",
        ],
      },
      "email-changed-from": {
        subject: "Your Parley account has another e-mail address now",
        paragraphs: [
          "Since {at} your Parley account has had another e-mail address, and this one no longer " +
          "belongs to it.",
          "If this was not you, tell the people who run your Parley server.",
        ],
      },
      "email-changed-to": {
        subject: "This is now the e-mail address of your Parley account",
        paragraphs: [
          "Since {at} this has been the e-mail address of your Parley account.",
          "If this was not you, tell the people who run your Parley server.",
        ],
      },
      "deletion-asked": {
        subject: "Your Parley account will be deleted",
        paragraphs: [
          "Your Parley account will be deleted at {at}. Signing in before then cancels that.",
          "If this was not you, sign in and change your password.",
        ],
      },
      "deletion-called-off": {
        subject: "Your Parley account will not be deleted",
        paragraphs: [
          "Somebody signed in to your Parley account at {at}, so it will not be deleted.",
          "If this was not you, choose “Forgot your password?” on the sign-in page now.",
        ],
      },
      "session-stolen": {
        subject: "One of your devices was signed out of Parley, to be safe",
        paragraphs: [
          "At {at} one of your devices was signed out: what keeps it signed in came a second time, " +
          "as it would if there were a copy of it. A bad connection can look the same.",
          "If you cannot explain this, change your password, and look at “Devices” in the settings.",
        ],
      },
    },
    from: "It was done from: {from}.",
  },
  "zh-CN": {
    code: {
      subject: "{code} 是你的 Parley 验证码",
      paragraphs: [
        "{what}",
        "验证码 {minutes} 分钟内有效，只能使用一次。Parley 的任何人都不会向你索要它。",
        "如果你没有申请验证码，无需理会。",
      ],
    },
    what: {
      "register": "请输入此验证码来创建你的 Parley 账号。",
      "reset-password": "请输入此验证码，重设你的 Parley 账号的密码。",
      "change-email": "请输入此验证码，确认将此邮箱作为你账号的新邮箱。",
    },
    accountExists: {
      "register": {
        subject: "你已经有 Parley 账号了",
        paragraphs: [
          "有人申请用这个邮箱注册 Parley，但它已经有账号了。",
          "如果是你本人，请直接登录。如果忘了密码，请点击登录页的“忘记密码？”。",
          "如果不是你本人操作，无需理会。",
        ],
      },
      "change-email": {
        subject: "这个邮箱已属于一个 Parley 账号",
        paragraphs: [
          "有人申请将这个邮箱用于另一个 Parley 账号，但它已属于一个账号，不能再用于第二个。",
          "如果是你本人，请换一个邮箱，或先修改这个账号的邮箱。",
          "如果不是你本人操作，无需理会。",
        ],
      },
    },
    greeting: "{name}，你好：",
    notices: {
      "password-changed": {
        subject: "你的 Parley 密码已修改",
        paragraphs: [
          "你的 Parley 账号的密码已于 {at} 修改，其他设备均已退出登录。",
          "如果不是你本人操作，请立即点击登录页的“忘记密码？”。",
        ],
      },
      "password-reset": {
        subject: "你的 Parley 密码已重设",
        paragraphs: [
          "有人于 {at} 使用发送到此邮箱的验证码重设了你的 Parley 账号的密码，所有设备均已退出登录。",
          "如果不是你本人操作，说明有人能读到你的邮件：请先修改邮箱的密码，再点击 Parley 登录页的“忘记密码？”。",
        ],
      },
      "email-changed-from": {
        subject: "你的 Parley 账号已修改邮箱",
        paragraphs: [
          "你的 Parley 账号的邮箱已于 {at} 修改，此邮箱不再属于该账号。",
          "如果不是你本人操作，请联系你所用 Parley 服务器的管理者。",
        ],
      },
      "email-changed-to": {
        subject: "此邮箱现已成为你的 Parley 账号邮箱",
        paragraphs: [
          "自 {at} 起，此邮箱是你的 Parley 账号的邮箱。",
          "如果不是你本人操作，请联系你所用 Parley 服务器的管理者。",
        ],
      },
      "deletion-asked": {
        subject: "你的 Parley 账号将注销",
        paragraphs: [
          "你的 Parley 账号将于 {at} 注销，在此之前登录即可撤销。",
          "如果不是你本人操作，请登录并修改密码。",
        ],
      },
      "deletion-called-off": {
        subject: "你的 Parley 账号不会注销",
        paragraphs: [
          "有人于 {at} 登录了你的 Parley 账号，注销申请已撤销。",
          "如果不是你本人操作，请立即点击登录页的“忘记密码？”。",
        ],
      },
      "session-stolen": {
        subject: "为安全起见，你的一台设备已退出 Parley 登录",
        paragraphs: [
          "你的一台设备已于 {at} 退出登录：它的登录凭据被重复使用，可能已被复制。网络不稳定也可能造成同样的情况。",
          "如果你不清楚原因，请修改密码，并查看设置中的“登录设备”。",
        ],
      },
    },
    from: "操作来源：{from}。",
  },
};
