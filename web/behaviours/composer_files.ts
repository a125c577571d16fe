import { useSignal } from "@preact/signals";
import type { TargetedClipboardEvent } from "preact";
import type { SendOptions } from "../../client/views.ts";
import { LIMITS } from "../../lib/protocol/codes.ts";
import { usePage } from "../page_context.ts";
import type { Thread } from "../stores/thread.ts";
import { isStuck, type UploadView } from "../stores/uploads.ts";
import type { Extras } from "../uploads/parcel.ts";
import { attachFiles, broughtBy, pastesFiles } from "./attach_files.ts";

export type ComposerFiles = {
  list: readonly UploadView[];
  /** Whether what is sent from here has files. */
  brought: boolean;
  /** Too many for a message, which then cannot be sent. */
  over: boolean;
  /** What keeps the message here, or was left out of it. */
  problem: string | undefined;
  attach(files: readonly File[]): void;
  paste(event: TargetedClipboardEvent<HTMLElement>): void;
  /** Whether all of them can be sent; if not, that is said. */
  check(): boolean;
  send(text: string, options: SendOptions): Promise<void>;
  /** What was spoken is a message of its own. */
  speak(voice: File, options: SendOptions, about: Extras): Promise<void>;
};

/** The files of a thread's composer. An edited message brings none: what it has stays. */
export function useComposerFiles(thread: Thread, edits: boolean): ComposerFiles {
  const page = usePage();
  const { uploads, t } = page;
  const { conversation, leftOut } = thread;
  const list = uploads.draft(conversation);
  /** Somebody tried to send them although some cannot be. */
  const refused = useSignal(false);
  const brought = list.length > 0 && !edits;
  const excess = brought ? Math.max(0, list.length - LIMITS.attachments) : 0;
  const stuck = brought && list.some(isStuck);
  const problem = () => {
    if (excess > 0) return t("upload.over", { max: LIMITS.attachments, count: excess });
    if (stuck && refused.value) return t("upload.unfinished");
    if (leftOut.value === undefined) return undefined;
    const { files, folders } = leftOut.value;
    const many = files > 0 ? [t("upload.too_many", { max: LIMITS.attachments, count: files })] : [];
    return [...many, ...folders ? [t("upload.folders")] : []].join(" ");
  };
  return {
    list,
    brought,
    over: excess > 0,
    problem: problem(),
    attach: (files) => void attachFiles(page, thread, { files, folders: false }),
    paste(event) {
      const { clipboardData } = event;
      if (edits || clipboardData === null || !pastesFiles(clipboardData)) return;
      event.preventDefault();
      void attachFiles(page, thread, broughtBy(clipboardData));
    },
    check() {
      refused.value = stuck;
      return !stuck;
    },
    async send(text, options) {
      (await uploads.open()).send(conversation, text, options);
      thread.sent();
    },
    async speak(voice, options, about) {
      (await uploads.open()).sendFile(conversation, voice, options, about);
      thread.sent();
    },
  };
}
