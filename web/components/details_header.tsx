import type { JSX } from "preact";
import type { Id } from "../../lib/protocol/model.ts";
import { useFocusOnMount } from "../behaviours/focus_on_mount.ts";
import { usePage } from "../page_context.ts";
import { hrefOf } from "../stores/route.ts";
import { Icon } from "./icon.tsx";

export function DetailsHeader({ conversation }: { conversation: Id }): JSX.Element {
  const { t } = usePage();
  const close = useFocusOnMount<HTMLAnchorElement>();
  return (
    <header class="pane-header">
      <h2 id="details-heading" class="pane-title">{t("thread.details")}</h2>
      <a
        ref={close}
        class="icon-button"
        href={hrefOf({ name: "conversation", id: conversation })}
        aria-label={t("thread.close_details")}
        data-testid="close-details"
      >
        <Icon name="close" />
      </a>
    </header>
  );
}
