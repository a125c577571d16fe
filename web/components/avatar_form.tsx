import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { Id } from "../../lib/protocol/model.ts";
import { useFocusBack } from "../behaviours/focus_back.ts";
import { NoPicture, squarePicture } from "../behaviours/square_picture.ts";
import { useSubmission } from "../behaviours/submission.ts";
import { usePage } from "../page_context.ts";
import { Avatar } from "./avatar.tsx";
import { FormProblem } from "./form_problem.tsx";

type AvatarFormProps = {
  name: string;
  picture: Id | null;
  /** Null takes it away. */
  change(picture: Id | null): Promise<unknown>;
};

/** Chooses a picture of oneself, or of a group: it is seen before it is taken. */
export function AvatarForm({ name, picture, change }: AvatarFormProps): JSX.Element {
  const { client, t } = usePage();
  const field = useRef<HTMLInputElement>(null);
  const chosen = useSignal<{ file: File; url: string } | undefined>(undefined);
  const unreadable = useSignal(false);
  const opener = useFocusBack<HTMLButtonElement>(chosen.value !== undefined);
  const saver = useRef<HTMLButtonElement>(null);
  const forget = () => {
    if (chosen.peek() !== undefined) URL.revokeObjectURL(chosen.peek()?.url ?? "");
    chosen.value = undefined;
    if (field.current !== null) field.current.value = "";
  };
  useEffect(() => forget, []);
  // The button that chose it is gone.
  useLayoutEffect(() => {
    if (chosen.value !== undefined) saver.current?.focus();
  }, [chosen.value]);
  const choose = async (file: File | undefined) => {
    if (file === undefined) return;
    forget();
    unreadable.value = false;
    saving.forget();
    try {
      const square = await squarePicture(file);
      chosen.value = { file: square, url: URL.createObjectURL(square) };
    } catch (error) {
      if (!(error instanceof NoPicture)) throw error;
      unreadable.value = true;
    }
  };
  const saving = useSubmission(async () => {
    const file = chosen.peek()?.file;
    if (file === undefined) return;
    // What brings files to the server is fetched by whoever has one.
    const { uploadNow } = await import("../uploads/upload_now.ts");
    await change((await uploadNow(client, file)).id);
    forget();
  });
  const removing = useSubmission(async () => void await change(null));
  const busy = saving.busy.value || removing.busy.value;
  return (
    <div class="avatar-form" data-testid="avatar-form">
      {chosen.value === undefined
        ? <Avatar name={name} picture={picture} />
        : (
          <span class="avatar" data-testid="avatar-preview">
            <span class="avatar-picture">
              <img src={chosen.value.url} alt={t("avatar.preview")} />
            </span>
          </span>
        )}
      <input
        ref={field}
        type="file"
        class="hidden-text"
        accept="image/png,image/jpeg,image/webp,image/gif,image/avif"
        tabIndex={-1}
        aria-hidden="true"
        data-testid="avatar-file"
        onChange={({ currentTarget }) => void choose(currentTarget.files?.[0])}
      />
      <div class="greeting-actions">
        {chosen.value === undefined
          ? (
            <>
              <button
                ref={opener}
                type="button"
                class="button button-small"
                aria-disabled={busy}
                data-testid="avatar-choose"
                onClick={() => busy || field.current?.click()}
              >
                {t(picture === null ? "avatar.choose" : "avatar.change")}
              </button>
              {picture !== null && (
                <button
                  type="button"
                  class="button button-small"
                  aria-disabled={busy}
                  data-testid="avatar-remove"
                  onClick={() => void removing.run()}
                >
                  {t("avatar.remove")}
                </button>
              )}
            </>
          )
          : (
            <>
              <button
                ref={saver}
                type="button"
                class="button button-main button-small"
                aria-disabled={busy}
                data-testid="avatar-save"
                onClick={() => void saving.run()}
              >
                {t(saving.busy.value ? "avatar.saving" : "avatar.save")}
              </button>
              <button type="button" class="button button-small" onClick={forget}>
                {t("dialog.cancel")}
              </button>
            </>
          )}
      </div>
      {unreadable.value && <p class="field-problem" role="alert">{t("avatar.unreadable")}</p>}
      <FormProblem error={saving.error.value ?? removing.error.value} />
    </div>
  );
}
