import { type ReadonlySignal, useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useEffect } from "preact/hooks";
import type { ConversationView } from "../../client/views.ts";
import type { Id, User } from "../../lib/protocol/model.ts";
import { usePage } from "../page_context.ts";
import { leads } from "../permissions.ts";
import { beginsEveryone, handleOf } from "../texts/mentions.ts";

export type Mentionable = {
  key: string;
  name: string;
  about: string;
  handle: string;
  picture: Id | null;
};

export type MentionList = {
  /** Empty while no name is being typed. */
  choices: readonly Mentionable[];
  at: ReadonlySignal<number>;
  /** To be called when the text has changed. */
  look(field: HTMLTextAreaElement): void;
  /** Whether the key was for the list. */
  key(key: string): boolean;
  choose(choice: Mentionable): void;
  close(): void;
};

const SHOWN = 8;

/** Offers the members of a group whose names begin as what was typed behind an `@`. */
export function useMentionList(
  conversation: ConversationView | undefined,
  field: RefObject<HTMLTextAreaElement | null>,
  write: (text: string) => void,
): MentionList {
  const { session, names, t } = usePage();
  const typed = useSignal<string | undefined>(undefined);
  const at = useSignal(0);

  const choices = typed.value === undefined ? [] : matching(typed.value);

  function matching(query: string): Mentionable[] {
    if (conversation?.info.kind !== "group") return [];
    const { members, info } = conversation;
    const wanted = query.toLocaleLowerCase();
    const me = session.me.value?.id;
    const found: { user: User; name: string; first: boolean }[] = [];
    for (const { user } of members) {
      if (user.id === me || user.deleted) continue;
      const name = names.person(user);
      const words = [name, user.displayName, user.username].map((word) => word.toLocaleLowerCase());
      if (!words.some((word) => word.includes(wanted))) continue;
      found.push({ user, name, first: words.some((word) => word.startsWith(wanted)) });
    }
    found.sort((a, b) => Number(b.first) - Number(a.first));
    const everyone = t("composer.everyone");
    const about = t("composer.everyone_about");
    return [
      ...(leads(info) && beginsEveryone(wanted)
        ? [{ key: "everyone", name: everyone, about, handle: everyone, picture: null }]
        : []),
      ...found.slice(0, SHOWN).map(({ user, name }) => ({
        key: user.id,
        name,
        about: `@${user.username}`,
        picture: user.avatar,
        handle: handleOf(user, members),
      })),
    ].slice(0, SHOWN);
  }

  const look = (area: HTMLTextAreaElement) => {
    const typing = area.selectionStart === area.selectionEnd
      ? TYPING.exec(area.value.slice(0, area.selectionStart))
      : null;
    if (typing?.[2] !== typed.peek()) at.value = 0;
    typed.value = typing?.[2];
  };
  // Wherever the caret goes, by keys or by a finger: what is chosen is put where it stands.
  useEffect(() => {
    const moved = () => {
      const area = field.current;
      if (area !== null && document.activeElement === area) look(area);
    };
    document.addEventListener("selectionchange", moved);
    return () => document.removeEventListener("selectionchange", moved);
  }, []);

  const close = () => typed.value = undefined;
  const choose = ({ handle }: Mentionable) => {
    const area = field.current;
    if (area === null) return;
    const caret = area.selectionStart;
    const before = area.value.slice(0, caret).replace(TYPING, (_, start: string) => start);
    const inserted = `${before}@${handle} `;
    const text = inserted + area.value.slice(caret).replace(/^ /, "");
    write(text);
    close();
    area.value = text;
    area.focus();
    area.setSelectionRange(inserted.length, inserted.length);
  };
  return {
    choices,
    at,
    choose,
    close,
    look,
    key(key) {
      const count = choices.length;
      if (count === 0) return false;
      const chosen = choices[at.value];
      if (key === "ArrowDown") at.value = (at.value + 1) % count;
      else if (key === "ArrowUp") at.value = (at.value - 1 + count) % count;
      else if (key === "Escape") close();
      else if ((key === "Enter" || key === "Tab") && chosen !== undefined) choose(chosen);
      else return false;
      return true;
    },
  };
}

/** An `@` that does not stand within a word, and the beginning of a name. */
const TYPING = /(^|[^a-zA-Z0-9])@([^\s@]{0,32})$/u;
