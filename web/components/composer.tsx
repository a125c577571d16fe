import { useSignal } from "@preact/signals";
import type { JSX, TargetedKeyboardEvent } from "preact";
import { useId, useLayoutEffect } from "preact/hooks";
import type { ConversationView, SendOptions } from "../../client/views.ts";
import { LIMITS } from "../../lib/protocol/codes.ts";
import { useDraft } from "../behaviours/draft.ts";
import { useFocusOnMount } from "../behaviours/focus_on_mount.ts";
import { useGrowingHeight } from "../behaviours/growing_height.ts";
import { useMentionList } from "../behaviours/mention_list.ts";
import { useUntil } from "../behaviours/until.ts";
import { usePage } from "../page_context.ts";
import { leads, silencedUntil } from "../permissions.ts";
import type { Thread } from "../stores/thread.ts";
import { mentionsIn } from "../texts/mentions.ts";
import { problemText } from "../texts/problem_text.ts";
import { ComposerPurpose } from "./composer_purpose.tsx";
import { Icon } from "./icon.tsx";
import { MentionChoices } from "./mention_choices.tsx";

/** What Safari and older Chromium report for a key that belongs to an input method. */
const COMPOSING_KEY_CODE = 229;

type ComposerProps = {
  thread: Thread;
  name: string;
  conversation: ConversationView | undefined;
};

export function Composer({ thread, name, conversation }: ComposerProps): JSX.Element {
  const { client, session, dates, t } = usePage();
  const note = useId();
  const choices = useId();
  const { text, write } = useDraft(thread);
  const failure = useSignal<string | undefined>(undefined);
  // On a touch screen the focus would bring up the keyboard before anything was read.
  const field = useFocusOnMount<HTMLTextAreaElement>(matchMedia("(hover: hover)").matches);
  useGrowingHeight(field, text.value);
  const purpose = thread.purpose.value;
  // An edited message keeps the mentions that it was sent with.
  const mentionsOf = purpose?.name === "edit" ? undefined : conversation;
  const mentioning = useMentionList(mentionsOf, field, write);
  const me = session.me.value?.id;
  const silenced = useUntil(silencedUntil(conversation, me));

  useLayoutEffect(() => {
    if (purpose === undefined) return;
    if (purpose.name === "edit") text.value = purpose.message.text;
    const area = field.current;
    if (area === null) return;
    area.value = text.value;
    area.focus();
    area.setSelectionRange(area.value.length, area.value.length);
  }, [purpose]);

  const type = (area: HTMLTextAreaElement) => {
    failure.value = undefined;
    write(area.value);
    mentioning.look(area);
  };
  const finish = () => {
    thread.purpose.value = undefined;
    failure.value = undefined;
    field.current?.focus();
  };
  const ready = text.value.trim();
  const excess = charactersOver(ready, LIMITS.textCharacters);
  const sendable = ready !== "" && excess === 0;

  const send = async () => {
    if (!sendable) return;
    mentioning.close();
    if (purpose?.name === "edit") return await edit(purpose.message.seq);
    const options: SendOptions = {
      ...mentionsIn(
        ready,
        conversation?.info.kind === "group" ? conversation.members : [],
        conversation !== undefined && leads(conversation.info),
      ),
      ...(purpose !== undefined && { replyTo: purpose.message.seq }),
    };
    write("");
    finish();
    try {
      await thread.send(ready, options);
    } catch {
      // Nothing was queued. The text goes back, unless something else has been typed since.
      if (text.value === "") write(ready);
      failure.value = t("composer.failed");
    }
  };
  const edit = async (seq: number) => {
    const unchanged = ready === purpose?.message.text;
    try {
      if (!unchanged) await client.thread.edit(thread.conversation, seq, ready);
      if (thread.purpose.peek() === purpose) finish();
    } catch (error) {
      failure.value = problemText(t, error);
    }
  };
  const editLast = () => {
    const last = thread.view.peek().messages.findLast((message) =>
      message.sender === me && message.kind === "text" && message.recalledAt === undefined
    );
    if (last !== undefined) thread.purpose.value = { name: "edit", message: last };
    return last !== undefined;
  };
  /** Whether the key did something. */
  const press = (event: TargetedKeyboardEvent<HTMLTextAreaElement>): boolean => {
    const { key } = event;
    const plain = !event.shiftKey && !event.ctrlKey && !event.altKey && !event.metaKey;
    if (plain && mentioning.key(key)) return true;
    if (key === "Escape" && purpose !== undefined) {
      finish();
      return true;
    }
    if (key === "ArrowUp" && plain && text.value === "" && purpose === undefined) return editLast();
    if (key !== "Enter" || event.shiftKey) return false;
    void send();
    return true;
  };
  const problem = excess > 0 ? t("composer.too_long", { count: excess }) : failure.value;
  const closed = conversation?.info.peer?.deleted
    ? t("composer.deleted")
    : silenced && t("composer.silenced", { time: dates.moment(silenced) });
  if (closed !== undefined) {
    return <p class="composer composer-silenced" data-testid="composer-silenced">{closed}</p>;
  }
  const sendLabel = t(purpose?.name === "edit" ? "composer.save" : "composer.send");
  const open = mentioning.choices.length > 0;
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <p id={note} class="composer-problem" role="status">{problem}</p>
      <MentionChoices id={choices} list={mentioning} />
      {purpose && (
        <ComposerPurpose purpose={purpose} conversation={conversation} onCancel={finish} />
      )}
      <div class="composer-box">
        <textarea
          ref={field}
          class="composer-field"
          rows={1}
          value={text.value}
          onInput={(event) => type(event.currentTarget)}
          onKeyDown={(event) => {
            if (event.isComposing || event.keyCode === COMPOSING_KEY_CODE) return;
            if (press(event)) event.preventDefault();
          }}
          onBlur={mentioning.close}
          aria-label={t("composer.label", { name })}
          aria-describedby={note}
          aria-invalid={problem !== undefined}
          aria-autocomplete="list"
          aria-controls={open ? choices : undefined}
          aria-activedescendant={open ? `${choices}-${mentioning.at.value}` : undefined}
          placeholder={t("composer.placeholder")}
          enterkeyhint="send"
          dir="auto"
          data-testid="composer"
        />
        <button
          type="submit"
          class="send"
          aria-label={sendLabel}
          title={sendLabel}
          disabled={!sendable}
          data-testid="send"
        >
          <Icon name={purpose?.name === "edit" ? "check" : "send"} />
        </button>
      </div>
    </form>
  );
}

/** Code points beyond the limit; they are counted only where the limit may have been passed. */
function charactersOver(text: string, limit: number): number {
  return text.length <= limit ? 0 : Math.max(0, [...text].length - limit);
}
