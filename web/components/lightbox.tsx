import { type Signal, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useId, useLayoutEffect, useRef } from "preact/hooks";
import type { Attachment, Id } from "../../lib/protocol/model.ts";
import { kindOf } from "../attachment_kind.ts";
import { download } from "../behaviours/download.ts";
import { useSubmission } from "../behaviours/submission.ts";
import { usePage } from "../page_context.ts";
import type { Thread } from "../stores/thread.ts";
import { FormProblem } from "./form_problem.tsx";
import { Icon, type IconName } from "./icon.tsx";
import { LargePicture, type Zoom } from "./large_picture.tsx";

/** A picture of a message: the same file may have been sent twice. */
export type Viewed = { clientId: Id; file: Attachment };

type LightboxProps = { thread: Thread; viewed: Signal<Viewed | undefined> };

const STEP = 1.5;

/** A picture as large as the window, and the way to the others of the thread as far as it is loaded. */
export function Lightbox({ thread, viewed }: LightboxProps): JSX.Element | null {
  const { client, t } = usePage();
  const heading = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  const zoom = useSignal<Zoom>({ scale: 1, x: 0, y: 0 });
  const saving = useSubmission(async () => {
    if (shown !== undefined) await download(client, shown.file);
  });
  const { messages, pending } = thread.view.value;
  const all: Viewed[] = [...messages, ...pending].flatMap((message) =>
    ("recalledAt" in message && message.recalledAt !== undefined ? [] : message.attachments ?? [])
      .filter((file) => kindOf(file) === "picture")
      .map((file) => ({ clientId: message.clientId, file }))
  );
  const wanted = viewed.value;
  const at = all.findIndex(({ clientId, file }) =>
    clientId === wanted?.clientId && file.id === wanted.file.id
  );
  const shown = all[at];
  const gone = wanted !== undefined && shown === undefined;
  const close = () => viewed.value = undefined;

  useLayoutEffect(() => {
    dialog.current?.showModal();
    dialog.current?.querySelector<HTMLElement>("[data-wants-focus]")?.focus();
    return () => dialog.current?.close();
  }, []);
  useLayoutEffect(() => {
    zoom.value = { scale: 1, x: 0, y: 0 };
    saving.forget();
  }, [wanted?.file.id]);
  // Taken back while somebody looks at it: then there is nothing to look at.
  useEffect(() => {
    if (gone) close();
  }, [gone]);

  const go = (to: number) => {
    const next = all[to];
    if (next !== undefined) viewed.value = next;
  };
  const scaleBy = (factor: number) => {
    const { scale, x, y } = zoom.peek();
    const next = Math.min(MOST_SCALE, Math.max(1, scale * factor));
    zoom.value = next === 1
      ? { scale: 1, x: 0, y: 0 }
      : { scale: next, x: x * next / scale, y: y * next / scale };
  };
  const press = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const act = ({
      ArrowLeft: () => go(at - 1),
      ArrowRight: () => go(at + 1),
      Home: () => go(0),
      End: () => go(all.length - 1),
      "+": () => scaleBy(STEP),
      "=": () => scaleBy(STEP),
      "-": () => scaleBy(1 / STEP),
      "0": () => scaleBy(0),
    } as Record<string, () => void>)[event.key];
    if (act === undefined) return;
    event.preventDefault();
    act();
  };
  const button = (
    name: "zoom_out" | "zoom_in" | "previous" | "next",
    icon: IconName,
    run: () => void,
    disabled: boolean,
  ) => (
    <button
      type="button"
      class={`icon-button lightbox-${name}`}
      aria-label={t(`lightbox.${name}`)}
      title={t(`lightbox.${name}`)}
      aria-disabled={disabled}
      data-testid={`lightbox-${name}`}
      onClick={() => disabled || run()}
    >
      <Icon name={icon} />
    </button>
  );

  if (shown === undefined) return null;
  return (
    <dialog
      ref={dialog}
      class="lightbox"
      aria-labelledby={heading}
      data-testid="lightbox"
      onClose={close}
      onKeyDown={press}
    >
      <header class="lightbox-head">
        <div class="lightbox-words">
          <h2 id={heading} class="pane-title" dir="auto">{shown.file.name}</h2>
          <p class="lightbox-count" role="status">
            {t("lightbox.count", { at: at + 1, count: all.length })}
          </p>
        </div>
        {button("zoom_out", "minus", () => scaleBy(1 / STEP), zoom.value.scale <= 1)}
        {button("zoom_in", "add", () => scaleBy(STEP), zoom.value.scale >= MOST_SCALE)}
        <button
          type="button"
          class="icon-button"
          aria-label={t("attachment.download_name", { name: shown.file.name })}
          title={t("attachment.download")}
          aria-disabled={saving.busy.value}
          data-testid="lightbox-download"
          onClick={() => void saving.run()}
        >
          <Icon name="download" />
        </button>
        <button
          type="button"
          class="icon-button"
          aria-label={t("dialog.close")}
          title={t("dialog.close")}
          data-wants-focus
          data-testid="lightbox-close"
          onClick={close}
        >
          <Icon name="close" />
        </button>
      </header>
      <FormProblem error={saving.error.value} />
      <div class="lightbox-stage">
        <LargePicture
          key={`${shown.clientId} ${shown.file.id}`}
          file={shown.file}
          zoom={zoom}
          scaleBy={scaleBy}
        />
        {all.length > 1 && button("previous", "back", () => go(at - 1), at <= 0)}
        {all.length > 1 && button("next", "next", () => go(at + 1), at >= all.length - 1)}
      </div>
    </dialog>
  );
}

const MOST_SCALE = 8;
