import type { Id, Member, User } from "../../lib/protocol/model.ts";
import { en } from "./en.ts";
import { userName } from "./names.ts";
import { zhCn } from "./zh_cn.ts";

/** How everybody is called together, in each language: a text is read by people of both. */
const EVERYONE: readonly string[] = [en["composer.everyone"], zhCn["composer.everyone"]];

/** As many as one message may mention. */
const MAX_MENTIONS = 100;

export type TextPart = { text: string; mention?: "own" | "other" };

type Handle = { handle: string; user?: Id };

/** What to write behind the `@`: the name, or the username where two have the same name. */
export function handleOf(user: User, members: readonly Member[]): string {
  const name = userName(user);
  const shared = members.some((other) =>
    other.user.id !== user.id && userName(other.user) === name
  );
  return shared ? user.username : name;
}

/** Whom a text mentions. Read from the text alone, so that drafts and pasted texts mention, too. */
export function mentionsIn(
  text: string,
  members: readonly Member[],
  everyone: boolean,
): { mentions: Id[]; mentionsAll: boolean } {
  if (!text.includes("@")) return { mentions: [], mentionsAll: false };
  const handles = members.flatMap(({ user }): Handle[] => [
    { handle: handleOf(user, members), user: user.id },
    { handle: user.username, user: user.id },
  ]);
  const all = everyone ? EVERYONE.map((handle) => ({ handle })) : [];
  const found = scan(text, [...handles, ...all]);
  const users = new Set(found.flatMap(({ user }) => user ?? []));
  return {
    mentions: [...users].slice(0, MAX_MENTIONS),
    mentionsAll: found.some(({ user }) => user === undefined),
  };
}

/** A text in parts, those that mention somebody apart. */
export function textParts(
  text: string,
  mentioned: readonly User[],
  everyone: boolean,
  me: Id | undefined,
): TextPart[] {
  if (mentioned.length === 0 && !everyone) return [{ text }];
  const handles = mentioned.flatMap((user): Handle[] => [
    { handle: userName(user), user: user.id },
    { handle: user.username, user: user.id },
  ]);
  const all = everyone ? EVERYONE.map((handle) => ({ handle })) : [];
  const parts: TextPart[] = [];
  let from = 0;
  for (const { start, end, user } of scan(text, [...handles, ...all])) {
    if (start > from) parts.push({ text: text.slice(from, start) });
    const own = user === undefined || user === me;
    parts.push({ text: text.slice(start, end), mention: own ? "own" : "other" });
    from = end;
  }
  if (from < text.length) parts.push({ text: text.slice(from) });
  return parts;
}

type Found = { start: number; end: number; user?: Id };

function scan(text: string, handles: readonly Handle[]): Found[] {
  const longestFirst = handles.toSorted((a, b) => b.handle.length - a.handle.length);
  const found: Found[] = [];
  for (let at = text.indexOf("@"); at >= 0; at = text.indexOf("@", at + 1)) {
    // An address of e-mail mentions nobody.
    if (/[a-z0-9]/i.test(text[at - 1] ?? "")) continue;
    const match = longestFirst.find(({ handle }) =>
      handle !== "" && standsAt(text, at + 1, handle)
    );
    if (match === undefined) continue;
    const { handle, user } = match;
    found.push({ start: at, end: at + 1 + handle.length, ...(user !== undefined && { user }) });
  }
  return found;
}

/** Where words are written apart, the name must end where the word does; Chinese goes right on. */
function standsAt(text: string, at: number, handle: string): boolean {
  if (!text.startsWith(handle, at)) return false;
  const [next = ""] = text.slice(at + handle.length);
  return !/[\p{L}\p{N}_]/u.test(next) || /\p{Script=Han}/u.test(next) ||
    /\p{Script=Han}$/u.test(handle);
}
