import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { DELETION_DAYS } from "../../lib/protocol/codes.ts";
import { useSubmission } from "../behaviours/submission.ts";
import { usePage } from "../page_context.ts";
import { codeOf } from "../texts/problem_text.ts";
import { CurrentPasswordField } from "./current_password_field.tsx";
import { Dialog } from "./dialog.tsx";
import { FormProblem } from "./form_problem.tsx";

/** Says what deleting the account does, and when, and asks for the password. */
export function DeleteDialog({ onClose }: { onClose(): void }): JSX.Element {
  const { client, route, t } = usePage();
  const password = useSignal("");
  const missing = useSignal(false);
  const { busy, error, submit } = useSubmission(async () => {
    missing.value = password.value === "";
    if (missing.value) return;
    await client.security.deleteAccount(password.value);
    route.go({ name: "chats" });
  });
  const wrong = error.value !== undefined && codeOf(error.value) === "credentials";
  return (
    <Dialog title={t("delete.title")} onClose={onClose} testid="delete-dialog">
      <form class="form" noValidate onSubmit={submit}>
        <p class="dialog-text">{t("delete.lead")}</p>
        <ul class="dialog-points">
          <li>{t("delete.when", { days: DELETION_DAYS })}</li>
          <li>{t("delete.gone")}</li>
          <li>{t("delete.stays")}</li>
        </ul>
        <CurrentPasswordField
          label={t("delete.password")}
          value={password.value}
          onValue={(value) => password.value = value}
          testid="delete-password"
          missing={missing.value}
          refused={wrong ? "problem.password" : undefined}
        />
        <FormProblem
          error={wrong ? undefined : error.value}
          special={{ conflict: "problem.password_stale" }}
        />
        <div class="dialog-actions">
          <button type="button" class="button" data-testid="delete-cancel" onClick={onClose}>
            {t("dialog.cancel")}
          </button>
          <button
            type="submit"
            class="button button-grave"
            aria-disabled={busy.value}
            data-testid="delete-submit"
          >
            {t("delete.submit")}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
