import type { ComponentChildren, JSX } from "preact";
import type { Attachment } from "../../lib/protocol/model.ts";
import { download } from "../behaviours/download.ts";
import { useSubmission } from "../behaviours/submission.ts";
import { usePage } from "../page_context.ts";
import { nameParts, sizeText, typeMark } from "../texts/amounts.ts";
import { FormProblem } from "./form_problem.tsx";
import { Icon } from "./icon.tsx";

type FileCardProps = {
  file: Attachment;
  /** What can be done with it besides. */
  children?: ComponentChildren;
};

/** A file that the page does not show: what it is called, how large it is, and the way to have it. */
export function FileCard({ file, children }: FileCardProps): JSX.Element {
  const { client, language, t } = usePage();
  const { busy, error, run } = useSubmission(() => download(client, file));
  const { head, tail } = nameParts(file.name);
  return (
    <div class="file" data-testid="file" data-file={file.id}>
      <span class="file-sheet" aria-hidden="true">{typeMark(file.name)}</span>
      <div class="file-words">
        <p class="file-name" dir="auto" title={file.name} data-testid="file-name">
          <span class="file-head">{head}</span>
          <span>{tail}</span>
        </p>
        <p class="file-size">{sizeText(language.locale.value, file.size)}</p>
      </div>
      <button
        type="button"
        class="icon-button"
        aria-label={t("attachment.download_name", { name: file.name })}
        title={t("attachment.download")}
        aria-disabled={busy.value}
        data-testid="download"
        onClick={() => void run()}
      >
        <Icon name="download" />
      </button>
      {children}
      <FormProblem error={error.value} />
    </div>
  );
}
