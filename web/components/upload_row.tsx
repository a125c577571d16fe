import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { usePage } from "../page_context.ts";
import type { Uploads, UploadView } from "../stores/uploads.ts";
import { nameParts, typeMark } from "../texts/amounts.ts";
import { uploadText } from "../texts/upload_text.ts";
import { Icon, type IconName } from "./icon.tsx";

type UploadRowProps = {
  upload: UploadView;
  /** Called after it was removed; what cannot be removed alone has none. */
  onRemoved?: (() => void) | undefined;
};

/** One file on its way: what it is, how far it has come, and what can be done about it. */
export function UploadRow({ upload, onRemoved }: UploadRowProps): JSX.Element {
  const { uploads, language, t } = usePage();
  const { id, name, state, preview } = upload;
  const { head, tail } = nameParts(name);
  const act = (what: (opened: Uploads) => void) => void uploads.open().then(what);
  const paused = state === "paused";
  const failed = state === "failed";
  const moves = state === "reading" || state === "sending" || state === "waiting";
  return (
    <li class="upload" data-testid="upload" data-state={state}>
      <span class="upload-picture" aria-hidden="true">
        {preview === undefined ? typeMark(name) : <img src={preview} alt="" />}
      </span>
      <div class="upload-words">
        <p class="upload-name" dir="auto" title={name}>
          <span class="upload-head">{head}</span>
          <span class="upload-tail">{tail}</span>
        </p>
        <UploadState upload={upload} locale={language.locale.value} />
      </div>
      {(moves || paused || failed) && (
        <RowButton
          icon={paused ? "play" : failed ? "retry" : "pause"}
          label={t(`upload.${paused ? "resume" : failed ? "retry" : "pause"}`, { name })}
          testid={paused ? "resume-upload" : failed ? "retry-upload" : "pause-upload"}
          run={() => act((opened) => moves ? opened.pause(id) : opened.resume(id))}
        />
      )}
      {state === "missing" && <ChooseAgain upload={upload} />}
      {onRemoved && (
        <RowButton
          icon="close"
          label={t("upload.remove", { name })}
          testid="remove-upload"
          run={() => {
            act((opened) => opened.remove(id));
            onRemoved();
          }}
        />
      )}
    </li>
  );
}

/** Apart from the row: it changes with every piece that is sent. */
function UploadState({ upload, locale }: { upload: UploadView; locale: string }): JSX.Element {
  const { t } = usePage();
  const { state, size, name, done } = upload;
  const bar = state === "reading" || state === "sending" || state === "paused";
  return (
    <>
      {/* Within a log it would be read out with every change. */}
      <p class="upload-state" aria-live="off" data-testid="upload-state">
        {uploadText(t, locale, upload)}
      </p>
      {bar && (
        <progress
          class="upload-bar"
          max={Math.max(1, size)}
          value={done.value}
          aria-label={t("upload.progress", { name })}
        />
      )}
    </>
  );
}

function ChooseAgain({ upload }: { upload: UploadView }): JSX.Element {
  const { uploads, t } = usePage();
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <RowButton
        icon="attach"
        label={t("upload.choose", { name: upload.name })}
        testid="choose-upload"
        run={() => input.current?.click()}
      />
      <input
        ref={input}
        type="file"
        hidden
        data-testid="choose-input"
        onChange={({ currentTarget }) => {
          const file = currentTarget.files?.[0];
          currentTarget.value = "";
          if (file !== undefined) {
            void uploads.open().then((opened) => opened.choose(upload.id, file));
          }
        }}
      />
    </>
  );
}

type RowButtonProps = { icon: IconName; label: string; testid: string; run(): void };

function RowButton({ icon, label, testid, run }: RowButtonProps): JSX.Element {
  return (
    <button
      type="button"
      class="icon-button icon-button-small"
      aria-label={label}
      title={label}
      data-testid={testid}
      onClick={run}
    >
      <Icon name={icon} size={16} />
    </button>
  );
}
