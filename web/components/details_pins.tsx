import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { ConversationView } from "../../client/views.ts";
import type { Message } from "../../lib/protocol/model.ts";
import { useWideWindow } from "../behaviours/wide_window.ts";
import { usePage } from "../page_context.ts";
import { contentText } from "../texts/preview_text.ts";
import { FormProblem } from "./form_problem.tsx";

export function DetailsPins({ view }: { view: ConversationView }): JSX.Element {
  const { client, connection, route, threads, dates, names, t } = usePage();
  const { id } = view.info;
  const pins = useSignal<readonly Message[] | undefined>(undefined);
  const problem = useSignal<unknown>(undefined);
  const wide = useWideWindow();
  const thread = threads.of(id);
  // Of those that are loaded here, these are pinned: another set is a reason to ask again.
  const known = thread.view.value.messages
    .filter(({ pinned }) => pinned).map(({ seq, rev }) => `${seq}.${rev}`).join();
  const ready = connection.ready.value;
  useEffect(() => {
    let overtaken = false;
    client.thread.pins(id).then((messages) => {
      if (overtaken) return;
      pins.value = messages;
      problem.value = undefined;
    }, (error) => {
      if (!overtaken) problem.value = error;
    });
    return () => overtaken = true;
  }, [id, known, ready]);

  const show = (seq: number) => {
    if (!wide) route.go({ name: "conversation", id });
    void thread.reveal(seq);
  };
  return (
    <section class="details-part" aria-labelledby="pins-heading">
      <h3 id="pins-heading" class="people-title">{t("details.pins")}</h3>
      {pins.value === undefined && <FormProblem error={problem.value} />}
      {pins.value?.length === 0 && <p class="field-hint">{t("details.no_pins")}</p>}
      {pins.value !== undefined && pins.value.length > 0 && (
        <ul class="people-list">
          {pins.value.map((message) => (
            <li key={message.id} class="pinned">
              <button
                type="button"
                class="pinned-button"
                data-testid="pinned"
                data-seq={message.seq}
                onClick={() => show(message.seq)}
              >
                <span class="quote-name">
                  {names.look(view, message.sender)} ·{" "}
                  <time dateTime={message.at}>{dates.brief(message.at)}</time>
                </span>
                <span class="pinned-text" dir="auto">{contentText(t, message)}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
