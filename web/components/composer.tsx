/** The field where people write, with all that a message may bring: longer for what it puts together. */
import { useSignal, useSignalEffect } from "@preact/signals";
import type { JSX, TargetedKeyboardEvent } from "preact";
import { useId, useLayoutEffect } from "preact/hooks";
import type { ConversationView, SendOptions } from "../../client/views.ts";
import { LIMITS } from "../../lib/protocol/codes.ts";
import { useComposerFiles } from "../behaviours/composer_files.ts";
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
import type { Extras } from "../uploads/parcel.ts";
import { AttachButton } from "./attach_button.tsx";
import { ComposerPurpose } from "./composer_purpose.tsx";
import { Icon } from "./icon.tsx";
import { createLazy } from "./lazy.tsx";
import { MentionChoices } from "./mention_choices.tsx";
import { VoiceRecorder } from "./voice_recorder.tsx";

const UploadTray = createLazy(async () => (await import("./upload_tray.tsx")).UploadTray);

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
  const edits = purpose?.name === "edit";
  const mentionsOf = edits ? undefined : conversation;
  const mentioning = useMentionList(mentionsOf, field, write);
  const me = session.me.value?.id;
  const silenced = useUntil(silencedUntil(conversation, me));
  const files = useComposerFiles(thread, edits);

  useLayoutEffect(() => {
    if (purpose === undefined) return;
    if (purpose.name === "edit") text.value = purpose.message.text;
    const area = field.current;
    if (area === null) return;
    area.value = text.value;
    area.focus();
    area.setSelectionRange(area.value.length, area.value.length);
  }, [purpose]);

  useSignalEffect(() => {
    const back = thread.returned.value;
    if (back === undefined) return;
    thread.returned.value = undefined;
    const before = thread.purpose.peek();
    // What is being edited stays as it was: this is a message of its own.
    const own = before?.name === "edit"
      ? client.conversations.get(thread.conversation)?.draft ?? ""
      : text.peek();
    const about = thread.view.peek().messages.find(({ seq }) => seq === back.options.replyTo);
    if (before?.name !== "reply") thread.purpose.value = about && { name: "reply", message: about };
    if (back.text !== "" || before?.name === "edit") {
      write([back.text, own].filter((each) => each.trim() !== "").join("\n"));
    }
    field.current?.focus();
  });

  const type = (area: HTMLTextAreaElement) => {
    failure.value = undefined;
    thread.leftOut.value = undefined;
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
  const sendable = excess === 0 && !files.over && (ready !== "" || files.brought);

  const send = async () => {
    if (!sendable || !files.check()) return;
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
      await (files.brought ? files : thread).send(ready, options);
    } catch {
      // Nothing was queued. The text goes back, unless something else has been typed since.
      if (text.value === "") write(ready);
      failure.value = t("composer.failed");
    }
  };
  const speak = (voice: File, about: Extras) => {
    const replies = purpose?.name === "reply" ? { replyTo: purpose.message.seq } : {};
    finish();
    void files.speak(voice, replies, about);
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
  const problem = excess > 0
    ? t("composer.too_long", { count: excess })
    : failure.value ?? files.problem;
  const closed = conversation?.info.peer?.deleted
    ? t("composer.deleted")
    : silenced && t("composer.silenced", { time: dates.moment(silenced) });
  if (closed !== undefined) {
    return <p class="composer composer-silenced" data-testid="composer-silenced">{closed}</p>;
  }
  const sendLabel = t(edits ? "composer.save" : "composer.send");
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
      {files.list.length > 0 && (
        <UploadTray
          uploads={files.list}
          onRemoved={() => field.current?.focus()}
        />
      )}
      <div class="composer-box">
        {!edits && <AttachButton onFiles={files.attach} />}
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
          onPaste={files.paste}
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
        {!edits && !files.brought && text.value === "" && <VoiceRecorder onDone={speak} />}
        <button
          type="submit"
          class="send"
          aria-label={sendLabel}
          title={sendLabel}
          disabled={!sendable}
          data-testid="send"
        >
          <Icon name={edits ? "check" : "send"} />
        </button>
      </div>
    </form>
  );
}

/** Code points beyond the limit; they are counted only where the limit may have been passed. */
function charactersOver(text: string, limit: number): number {
  return text.length <= limit ? 0 : Math.max(0, [...text].length - limit);
}
