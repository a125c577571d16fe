import type { ComponentChildren, JSX } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import { usePage } from "../page_context.ts";
import { Icon } from "./icon.tsx";

type DialogProps = {
  title: string;
  onClose(): void;
  testid: string;
  children: ComponentChildren;
};

/** What has to be decided before anything else. The browser keeps the focus in it. */
export function Dialog(props: DialogProps): JSX.Element {
  const { t } = usePage();
  const heading = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    dialog.current?.showModal();
    // As long as it was closed, what wants the focus could not have it.
    dialog.current?.querySelector<HTMLElement>("[data-wants-focus]")?.focus();
    return () => dialog.current?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      class="dialog"
      aria-labelledby={heading}
      data-testid={props.testid}
      onClose={props.onClose}
      onClick={(event) => {
        // What surrounds its content is the backdrop.
        if (event.target === event.currentTarget) props.onClose();
      }}
    >
      <div class="dialog-body">
        <header class="dialog-head">
          <h2 id={heading} class="pane-title" dir="auto">{props.title}</h2>
          <button
            type="button"
            class="icon-button"
            aria-label={t("dialog.close")}
            data-testid="close-dialog"
            onClick={props.onClose}
          >
            <Icon name="close" />
          </button>
        </header>
        {props.children}
      </div>
    </dialog>
  );
}
