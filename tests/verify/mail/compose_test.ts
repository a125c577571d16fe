/// <reference lib="dom" />
import assert from "node:assert/strict";
import { LANGUAGES } from "../../../lib/protocol/codes.ts";
import { CodePurpose } from "../../../lib/protocol/requests.ts";
import { accountExistsMail, codeMail, noticeMail } from "../../../verify/mail/compose.ts";
import { checkHeaders, type Mail } from "../../../verify/mail/mailer.ts";
import { TEXTS } from "../../../verify/mail/texts.ts";
import type { Notice } from "../../../verify/requests.ts";
import { speak } from "../../support/spoken.ts";

const to = "ann@example.org";
const KINDS: Record<Notice["kind"], true> = {
  "password-changed": true,
  "password-reset": true,
  "email-changed-from": true,
  "email-changed-to": true,
  "deletion-asked": true,
  "deletion-called-off": true,
  "session-stolen": true,
};
const kinds = Object.keys(KINDS) as Notice["kind"][];

function notice(change: Partial<Notice> = {}): Notice {
  const at = "2026-11-21T19:56:57.000Z";
  return { kind: "password-reset", to, language: "en", name: "Ann", at, ...change };
}

/** Every kind of mail in `language`, by what it is called. */
function everyMail(language: (typeof LANGUAGES)[number]): [string, Mail][] {
  const addressed = { to, language };
  return [
    ...CodePurpose.options.map((purpose): [string, Mail] => [
      purpose,
      codeMail(addressed, { purpose, code: "271828", minutes: 10 }),
    ]),
    ...(["register", "change-email"] as const).map((purpose): [string, Mail] => [
      `account-exists ${purpose}`,
      accountExistsMail(addressed, purpose),
    ]),
    ...kinds.map((kind): [string, Mail] => [
      kind,
      noticeMail(notice({ kind, language, device: "Firefox", ip: "192.0.2.1" })),
    ]),
  ];
}

function wordsOf(html: string): string {
  return html.replace(/<title>.*?<\/title>|<style>.*?<\/style>/gs, "").replaceAll(/<[^>]*>/g, " ")
    .replaceAll("&#39;", "'").replaceAll("&quot;", '"').replaceAll("&amp;", "&")
    .replaceAll(/\s+/g, "");
}

Deno.test("every mail has its texts in every language, with nothing left to fill in", () => {
  const languages = LANGUAGES.map((language) => new Map(everyMail(language)));
  for (const [n, mails] of languages.entries()) {
    const language = LANGUAGES[n];
    assert.equal(mails.size, 12);
    for (const [kind, mail] of mails) {
      const what = `${kind} in ${language}`;
      for (const part of [mail.subject, mail.text, mail.html.replace(/<style>.*<\/style>/s, "")]) {
        assert.ok(
          part.trim().length > 5 && !/[{}]|undefined|\[object/.test(part),
          `${what}: ${part}`,
        );
      }
      assert.equal(wordsOf(mail.html), mail.text.replaceAll(/\s+/g, ""), `${what} says the same`);
      assert.ok(mail.html.includes(`<html lang="${language}">`), what);
      // Chinese has no text that was forgotten in English, nor the other way round.
      assert.equal(/\p{Script=Han}/u.test(mail.subject), language === "zh-CN", what);
      checkHeaders(mail);
    }
  }
  const keys = (value: unknown): unknown =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort().map(([key, each]) => [key, keys(each)]))
      : Array.isArray(value)
      ? value.length
      : "text";
  for (const language of LANGUAGES) {
    assert.deepEqual(keys(TEXTS[language]), keys(TEXTS.en), language);
  }
});

Deno.test("mails call what is on the page by the page's own words", () => {
  /** Those that send somebody there. */
  const sent: Record<string, string[]> = {
    "sign_in.forgot": [
      "account-exists register",
      "password-changed",
      "password-reset",
      "deletion-called-off",
    ],
    "settings.devices": ["session-stolen"],
  };
  /** What the page says otherwise. */
  const foreign = {
    "en": /\bsessions?\b|\bregister|ask for a new password|calls? (it|that) off/i,
    "zh-CN": /会话|删除|重置|更改|申请新密码/,
  };
  for (const language of LANGUAGES) {
    const mails = new Map(everyMail(language));
    const words: Record<string, string> = speak(language).texts.peek();
    for (const [key, kinds] of Object.entries(sent)) {
      const word = words[key] ?? assert.fail(key);
      for (const kind of kinds) assert.ok(mails.get(kind)?.text.includes(word), `${kind}: ${word}`);
    }
    for (const [kind, { subject, text }] of mails) {
      assert.ok(!foreign[language].test(`${subject} ${text}`), `${kind}: ${text}`);
    }
    // Nobody knows that there is a copy: a client whose answers get lost looks the same.
    const stolen = mails.get("session-stolen");
    assert.match(stolen?.subject ?? "", language === "en" ? /to be safe/ : /为安全起见/);
  }
});

Deno.test("codeMail shows the code in its subject and its text, and says how long it is good for", () => {
  for (const language of LANGUAGES) {
    const mail = codeMail({ to, language }, { purpose: "register", code: "314159", minutes: 7 });
    assert.ok(mail.subject.startsWith("314159 "));
    assert.ok(mail.text.startsWith("314159\n"));
    assert.match(mail.text, /\b7 /);
    assert.equal(mail.code, "314159");
  }
});

Deno.test("no mail fetches anything or sets a colour", () => {
  for (const [kind, { html }] of LANGUAGES.flatMap(everyMail)) {
    assert.ok(
      !/https?:|\/\/|src=|href=|url\(|@import|<script|<img|<link/i.test(html.slice(15)),
      kind,
    );
    assert.ok(!/(?<!-)color:|background/.test(html), kind);
    assert.match(html, /<meta name="color-scheme" content="light dark">/);
  }
});

Deno.test("noticeMail shows names and devices as the text that they are", () => {
  const evil = `<img src=x onerror=alert(1)> "Ann" & {at}\r\nBcc: eve@example.org\u2028more`;
  const mail = noticeMail(notice({ name: evil, device: "<b>\nFirefox", ip: "192.0.2.1" }));
  assert.ok(!/<img|<b>/.test(mail.html));
  assert.ok(mail.html.includes("&lt;img src=x onerror=alert(1)&gt;"));
  // On its line, and what looks like something to fill in stays as it is.
  assert.ok(mail.text.startsWith(
    `Hello <img src=x onerror=alert(1)> "Ann" & {at} Bcc: eve@example.org more,\n`,
  ));
  assert.ok(mail.text.includes("<b> Firefox, 192.0.2.1"));
  assert.equal(mail.subject, noticeMail(notice()).subject, "no name reaches a header");
});

Deno.test("noticeMail says when it was, and where from if that is known", () => {
  const { text } = noticeMail(notice());
  assert.ok(text.includes("2026-11-21 19:56 UTC"), text);
  assert.ok(!text.includes("done from"), text);
  assert.ok(noticeMail(notice({ ip: "192.0.2.1" })).text.includes("from: 192.0.2.1."));
});

Deno.test("checkHeaders refuses line breaks and more than one address", () => {
  const fine = { to, subject: "123456 is your Parley code" };
  checkHeaders(fine);
  for (
    const wrong of [
      { to: `${to}\r\nBcc: eve@example.org` },
      { to: `${to}\n` },
      { to: `${to},eve@example.org` },
      { to: `<${to}>` },
      { to: "ann" },
      { subject: "a\r\nBcc: eve@example.org" },
      { subject: "a\rb" },
      { subject: "a\u0085b" },
    ]
  ) assert.throws(() => checkHeaders({ ...fine, ...wrong }), { code: "invalid" });
});
