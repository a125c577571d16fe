import type { JSX } from "preact";
import { useSubmission } from "../behaviours/submission.ts";
import { usePage } from "../page_context.ts";
import { Dialog } from "./dialog.tsx";
import { FormProblem } from "./form_problem.tsx";

type ConfirmDialogProps = {
  title: string;
  body: string;
  action: string;
  run(): Promise<void>;
  onClose(): void;
};

/** Asks before something that cannot be taken back by whoever did it. */
export function ConfirmDialog(props: ConfirmDialogProps): JSX.Element {
  const { t } = usePage();
  const { busy, error, run } = useSubmission(async () => {
    await props.run();
    props.onClose();
  });
  return (
    <Dialog title={props.title} onClose={props.onClose} testid="confirm">
      <p class="dialog-text">{props.body}</p>
      <FormProblem error={error.value} />
      <div class="dialog-actions">
        <button type="button" class="button" data-testid="confirm-cancel" onClick={props.onClose}>
          {t("dialog.cancel")}
        </button>
        <button
          type="button"
          class="button button-grave"
          aria-disabled={busy.value}
          data-testid="confirm-run"
          onClick={() => void run()}
        >
          {props.action}
        </button>
      </div>
    </Dialog>
  );
}
