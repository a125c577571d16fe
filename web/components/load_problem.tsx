import type { JSX } from "preact";
import type { Submission } from "../behaviours/submission.ts";
import { usePage } from "../page_context.ts";
import { FormProblem } from "./form_problem.tsx";

/** Why there is nothing to see, and another try. */
export function LoadProblem({ load }: { load: Submission }): JSX.Element | null {
  const { t } = usePage();
  if (load.error.value === undefined) return null;
  return (
    <div class="load-problem">
      <FormProblem error={load.error.value} />
      <button
        type="button"
        class="button"
        aria-disabled={load.busy.value}
        data-testid="load-again"
        onClick={() => void load.run()}
      >
        {t("settings.load_again")}
      </button>
    </div>
  );
}
