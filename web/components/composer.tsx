import { useSignal } from "@preact/signals";
import type { JSX, TargetedKeyboardEvent } from "preact";
import { useId } from "preact/hooks";
import { LIMITS } from "../../lib/protocol/codes.ts";
import { useFocusOnMount } from "../behaviours/focus_on_mount.ts";
import { useGrowingHeight } from "../behaviours/growing_height.ts";
import { usePage } from "../page_context.ts";
import type { Thread } from "../stores/thread.ts";
import { Icon } from "./icon.tsx";

/** What Safari and older Chromium report for a key that belongs to an input method. */
const COMPOSING_KEY_CODE = 229;

export function Composer({ thread, name }: { thread: Thread; name: string }): JSX.Element {
  const { drafts, t } = usePage();
  const note = useId();
  const text = useSignal(drafts.get(thread.conversation));
  const failed = useSignal(false);
  // On a touch screen the focus would bring up the keyboard before anything was read.
  const field = useFocusOnMount<HTMLTextAreaElement>(matchMedia("(hover: hover)").matches);
  useGrowingHeight(field, text.value);

  const write = (value: string) => {
    text.value = value;
    failed.value = false;
    drafts.set(thread.conversation, value);
  };
  const ready = text.value.trim();
  const excess = charactersOver(ready, LIMITS.textCharacters);
  const sendable = ready !== "" && excess === 0;

  const send = async () => {
    if (!sendable) return;
    write("");
    field.current?.focus();
    try {
      await thread.send(ready);
    } catch {
      // Nothing was queued. The text goes back, unless something else has been typed since.
      if (text.value === "") write(ready);
      failed.value = true;
    }
  };
  const keyDown = (event: TargetedKeyboardEvent<HTMLTextAreaElement>) => {
    if (event.key !== "Enter" || event.shiftKey) return;
    if (event.isComposing || event.keyCode === COMPOSING_KEY_CODE) return;
    event.preventDefault();
    void send();
  };
  const problem = excess > 0
    ? t("composer.too_long", { count: excess })
    : failed.value
    ? t("composer.failed")
    : undefined;
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <p id={note} class="composer-problem" role="status">{problem}</p>
      <div class="composer-box">
        <textarea
          ref={field}
          class="composer-field"
          rows={1}
          value={text.value}
          onInput={(event) => write(event.currentTarget.value)}
          onKeyDown={keyDown}
          aria-label={t("composer.label", { name })}
          aria-describedby={note}
          aria-invalid={problem !== undefined}
          placeholder={t("composer.placeholder")}
          enterkeyhint="send"
          dir="auto"
          data-testid="composer"
        />
        <button
          type="submit"
          class="send"
          aria-label={t("composer.send")}
          title={t("composer.send")}
          disabled={!sendable}
          data-testid="send"
        >
          <Icon name="send" />
        </button>
      </div>
    </form>
  );
}

/** Code points beyond the limit; they are counted only where the limit may have been passed. */
function charactersOver(text: string, limit: number): number {
  return text.length <= limit ? 0 : Math.max(0, [...text].length - limit);
}
