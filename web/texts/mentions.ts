import type { Id, Member, User } from "../../lib/protocol/model.ts";
import { en } from "./en.ts";
import { userName } from "./names.ts";

/** How everybody is called together, in each language: a text is read by people of both. */
const EVERYONE: readonly string[] = [
  en["composer.everyone"],
  ...["所有人", "all", "全体成员", "全体"],
];

/** As many as one message may mention. */
const MAX_MENTIONS = 100;

export type TextPart = { text: string; mention?: "own" | "other" };

/** By what is written behind the `@`; nobody in particular where it means everybody. */
type Handles = ReadonlyMap<string, Id | undefined>;

/** What one looks up among the members of a group, who are up to 5,000: made once for each list. */
type Index = { shared: ReadonlySet<string>; handles: Handles };

const indexes = new WeakMap<readonly Member[], Index>();

/** What to write behind the `@`: the name, or the username where two have the same name. */
export function handleOf(user: User, members: readonly Member[]): string {
  const name = userName(user);
  return indexOf(members).shared.has(name) ? user.username : name;
}

/** Whether this may become a word for everybody. */
export function beginsEveryone(typed: string): boolean {
  return EVERYONE.some((handle) => handle.startsWith(typed));
}

/** Whom a text mentions. Read from the text alone, so that drafts and pasted texts mention, too. */
export function mentionsIn(
  text: string,
  members: readonly Member[],
  everyone: boolean,
): { mentions: Id[]; mentionsAll: boolean } {
  if (!text.includes("@")) return { mentions: [], mentionsAll: false };
  const { handles } = indexOf(members);
  const found = scan(text, everyone ? withEveryone(handles) : handles);
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
  const own = handlesOf(mentioned, userName);
  const handles = everyone ? withEveryone(own) : own;
  const parts: TextPart[] = [];
  let from = 0;
  for (const { start, end, user } of scan(text, handles)) {
    if (start > from) parts.push({ text: text.slice(from, start) });
    const own = user === undefined || user === me;
    parts.push({ text: text.slice(start, end), mention: own ? "own" : "other" });
    from = end;
  }
  if (from < text.length) parts.push({ text: text.slice(from) });
  return parts;
}

type Found = { start: number; end: number; user?: Id };

function indexOf(members: readonly Member[]): Index {
  let index = indexes.get(members);
  if (index === undefined) {
    const users = members.map(({ user }) => user);
    const names = new Set<string>();
    const shared = new Set<string>();
    for (const user of users) {
      const name = userName(user);
      if (names.has(name)) shared.add(name);
      names.add(name);
    }
    const handles = handlesOf(users, (user) => {
      const name = userName(user);
      return shared.has(name) ? user.username : name;
    });
    indexes.set(members, index = { shared, handles });
  }
  return index;
}

function handlesOf(users: readonly User[], nameOf: (user: User) => string): Handles {
  const handles = new Map<string, Id>();
  for (const user of users) {
    for (const handle of [nameOf(user), user.username]) {
      if (handle !== "" && !handles.has(handle)) handles.set(handle, user.id);
    }
  }
  return handles;
}

function withEveryone(handles: Handles): Handles {
  // Who is called like that is meant by it.
  return new Map([
    ...EVERYONE.map((handle): [string, undefined] => [handle, undefined]),
    ...handles,
  ]);
}

function scan(text: string, handles: Handles): Found[] {
  const lengths = [...new Set([...handles.keys()].map((handle) => handle.length))];
  lengths.sort((a, b) => b - a);
  const found: Found[] = [];
  for (let at = text.indexOf("@"); at >= 0; at = text.indexOf("@", at + 1)) {
    // An address of e-mail mentions nobody.
    if (/[a-z0-9]/i.test(text[at - 1] ?? "")) continue;
    const length = lengths.find((length) => {
      const handle = text.slice(at + 1, at + 1 + length);
      return handle.length === length && handles.has(handle) && endsAt(text, at + 1, handle);
    });
    if (length === undefined) continue;
    const end = at + 1 + length;
    const user = handles.get(text.slice(at + 1, end));
    found.push({ start: at, end, ...(user !== undefined && { user }) });
  }
  return found;
}

/** Where words are written apart, the name must end where the word does; Chinese goes right on. */
function endsAt(text: string, at: number, handle: string): boolean {
  const [next = ""] = text.slice(at + handle.length, at + handle.length + 2);
  return !/[\p{L}\p{N}_]/u.test(next) || /\p{Script=Han}/u.test(next) ||
    /\p{Script=Han}$/u.test(handle);
}
