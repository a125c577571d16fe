import type { JSX } from "preact";
import { usePage } from "../page_context.ts";

/** Why it takes a little longer. Always in the document, so that screen readers notice it. */
export function PersonCheckNote(): JSX.Element {
  const { personCheck, t } = usePage();
  return (
    <p class="person-check" role="status" data-testid="person-check">
      {personCheck.working.value && t("person_check.working")}
    </p>
  );
}
