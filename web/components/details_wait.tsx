import type { JSX } from "preact";
import type { ConversationView } from "../../client/views.ts";
import { usePage } from "../page_context.ts";
import { DetailsHeader } from "./details_header.tsx";

/** In the place of the details until they have come: on a phone they hide the thread. */
export function DetailsWait({ view }: { view: ConversationView }): JSX.Element {
  const { t } = usePage();
  return (
    <section class="details" aria-labelledby="details-heading" data-testid="details-wait">
      <DetailsHeader conversation={view.info.id} />
      <p class="quiet-note" role="status">{t("details.loading")}</p>
    </section>
  );
}
