/** Whole mails, of the texts of a language: each as plain text and as HTML that says the same. */
import { html, raw } from "hono/html";
import type { Language } from "../../lib/protocol/codes.ts";
import type { CodePurpose } from "../../lib/protocol/requests.ts";
import type { Notice } from "../requests.ts";
import type { Mail } from "./mailer.ts";
import { type Said, type TakenPurpose, TEXTS } from "./texts.ts";

type Values = Readonly<Record<string, string>>;
type Addressed = { to: string; language: Language };

/** The mail that carries a code. */
export function codeMail(
  addressed: Addressed,
  { purpose, code, minutes }: { purpose: CodePurpose; code: string; minutes: number },
): Mail {
  const { code: said, what } = TEXTS[addressed.language];
  const values = { code, minutes: String(minutes), what: what[purpose] };
  return { ...compose(addressed, said, values, { code }), code };
}

/** For an address that has an account, instead of a code. */
export function accountExistsMail(addressed: Addressed, purpose: TakenPurpose): Mail {
  return compose(addressed, TEXTS[addressed.language].accountExists[purpose], {});
}

/** What an account's owner is told, whoever did it. */
export function noticeMail({ kind, to, language, name, at, device, ip }: Notice): Mail {
  const { notices, greeting, from: fromWhere } = TEXTS[language];
  const { subject, paragraphs } = notices[kind];
  const from = [device ?? "", ip ?? ""].map(onOneLine).filter((part) => part !== "").join(", ");
  const said = {
    subject,
    paragraphs: [greeting, ...paragraphs, ...(from === "" ? [] : [fromWhere])],
  };
  const minute = `${new Date(at).toISOString().slice(0, 16).replace("T", " ")} UTC`;
  return compose({ to, language }, said, { name: onOneLine(name), at: minute, from });
}

function compose(
  { to, language }: Addressed,
  said: Said,
  values: Values,
  { code }: { code?: string } = {},
): Mail {
  const subject = fill(said.subject, values);
  const paragraphs = said.paragraphs.map((paragraph) => fill(paragraph, values));
  const leading = code === undefined ? [] : [code];
  return {
    to,
    subject,
    text: `${[...leading, ...paragraphs].join("\n\n")}\n`,
    html: String(page(language, subject, code, paragraphs)),
  };
}

/** In one pass: what is filled in is not looked through again. */
function fill(text: string, values: Values): string {
  return text.replaceAll(/\{(\w+)\}/g, (_, name: string) => values[name] ?? "");
}

/** People choose their names and their devices': neither makes a paragraph of its own. */
function onOneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ").trim();
}

/** Nothing is fetched, and no colour is set: the reader's own fit light and dark. */
function page(
  language: Language,
  title: string,
  code: string | undefined,
  paragraphs: readonly string[],
) {
  const large = code === undefined ? "" : html`<p style="${raw(CODE)}">${code}</p>`;
  const rest = paragraphs.map((paragraph) => html`<p style="${raw(PARAGRAPH)}">${paragraph}</p>`);
  return html`
    <!doctype html>
    <html lang="${language}">
      <head>
        <meta charset="utf-8">
        <meta name="color-scheme" content="light dark">
        <meta name="viewport" content="width=device-width">
        <title>${title}</title>
        <style>:root { color-scheme: light dark; }</style>
      </head>
      <body style="${raw(BODY)}">${large}${rest}</body>
    </html>
  `;
}

const BODY =
  "font: 16px/1.5 system-ui, sans-serif; max-width: 34rem; margin: 2rem auto; padding: 0 1rem";
const CODE = "font-size: 2rem; letter-spacing: 0.2em; font-weight: 600; margin: 0 0 1rem";
const PARAGRAPH = "margin: 0 0 1rem";
