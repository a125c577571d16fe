/** What mails say, in each language. `{…}` is filled in by compose.ts. */
import type { Language } from "../../lib/protocol/codes.ts";
import type { CodePurpose } from "../../lib/protocol/requests.ts";
import type { Notice } from "../service.ts";

export type Said = { subject: string; paragraphs: readonly string[] };

export type Texts = {
  /** `{code}`, `{minutes}` and, in the first paragraph, `{what}`. */
  code: Said;
  what: Record<CodePurpose, string>;
  /** For an address that someone tried to register again. */
  accountExists: Said;
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
      subject: "You already have a Parley account",
      paragraphs: [
        "Someone asked to register this e-mail address with Parley, and it already has an account.",
        "If it was you, sign in instead, or ask for a new password there. If it was not, you need " +
        "not do anything.",
      ],
    },
    greeting: "Hello {name},",
    notices: {
      "password-changed": {
        subject: "Your Parley password was changed",
        paragraphs: [
          "The password of your Parley account was changed at {at}, and every other device was " +
          "signed out.",
          "If this was not you, ask for a new password on the sign-in page now.",
        ],
      },
      "password-reset": {
        subject: "Your Parley password was reset",
        paragraphs: [
          "A new password for your Parley account was chosen at {at} with a code sent to this " +
          "address, and every device was signed out.",
          "If this was not you, somebody can read your mail: change its password first, and then " +
          "ask for a new password on Parley's sign-in page.",
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
          "Your Parley account will be deleted at {at}. Until then, signing in calls that off.",
          "If this was not you, sign in and choose a new password.",
        ],
      },
      "deletion-called-off": {
        subject: "Your Parley account will not be deleted",
        paragraphs: [
          "Somebody signed in to your Parley account at {at}, so it will not be deleted.",
          "If this was not you, ask for a new password on the sign-in page now.",
        ],
      },
      "session-stolen": {
        subject: "A copy of your Parley session was used, and the session was ended",
        paragraphs: [
          "At {at} somebody used an old key of one of your sessions: there may be a copy of it. That " +
          "session was ended, and its device has to sign in again.",
          "If you cannot explain this, change your password and look at your sessions.",
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
        "如果你没有申请验证码，无需任何操作。",
      ],
    },
    what: {
      "register": "请输入此验证码来创建你的 Parley 账号。",
      "reset-password": "请输入此验证码，为你的 Parley 账号设置新密码。",
      "change-email": "请输入此验证码，确认将此邮箱作为你账号的新邮箱。",
    },
    accountExists: {
      subject: "你已经有 Parley 账号了",
      paragraphs: [
        "有人申请用这个邮箱注册 Parley，但它已经有账号了。",
        "如果是你本人，请直接登录，或在登录页申请新密码。如果不是，无需任何操作。",
      ],
    },
    greeting: "{name}，你好：",
    notices: {
      "password-changed": {
        subject: "你的 Parley 密码已更改",
        paragraphs: [
          "你的 Parley 账号的密码已于 {at} 更改，其他设备均已退出登录。",
          "如果不是你本人操作，请立即在登录页申请新密码。",
        ],
      },
      "password-reset": {
        subject: "你的 Parley 密码已重置",
        paragraphs: [
          "有人于 {at} 使用发送到此邮箱的验证码为你的 Parley 账号设置了新密码，所有设备均已退出登录。",
          "如果不是你本人操作，说明有人能读到你的邮件：请先更改邮箱密码，再到 Parley 登录页申请新密码。",
        ],
      },
      "email-changed-from": {
        subject: "你的 Parley 账号已更换邮箱",
        paragraphs: [
          "你的 Parley 账号已于 {at} 更换邮箱，此邮箱不再属于该账号。",
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
        subject: "你的 Parley 账号将被删除",
        paragraphs: [
          "你的 Parley 账号将于 {at} 被删除。在此之前登录即可取消删除。",
          "如果不是你本人操作，请登录并设置新密码。",
        ],
      },
      "deletion-called-off": {
        subject: "你的 Parley 账号不会被删除",
        paragraphs: [
          "有人于 {at} 登录了你的 Parley 账号，因此账号不会被删除。",
          "如果不是你本人操作，请立即在登录页申请新密码。",
        ],
      },
      "session-stolen": {
        subject: "你的 Parley 会话副本被使用，该会话已结束",
        paragraphs: [
          "有人于 {at} 使用了你某个会话的旧密钥，该会话可能已被复制。会话已结束，对应设备需要重新登录。",
          "如果你不清楚原因，请更改密码并检查你的会话。",
        ],
      },
    },
    from: "操作来源：{from}。",
  },
};
