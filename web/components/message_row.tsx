import type { JSX } from "preact";
import { usePage } from "../page_context.ts";
import type { BubbleView } from "../thread_rows.ts";
import { BubbleFailure } from "./bubble_failure.tsx";
import { BubbleMeta } from "./bubble_meta.tsx";

type MessageRowProps = {
  bubble: BubbleView;
  opens: boolean;
  closes: boolean;
  sender: string;
  /** Whether the sender's name is shown; it is always there for screen readers. */
  named: boolean;
};

export function MessageRow(props: MessageRowProps): JSX.Element {
  const { t } = usePage();
  const { bubble, opens, closes } = props;
  return (
    <div class="message" data-mine={bubble.mine} data-opens={opens} data-closes={closes}>
      {opens && (
        <p class={props.named ? "message-sender" : "hidden-text"} dir="auto">{props.sender}</p>
      )}
      <div
        class="bubble"
        dir="auto"
        data-anchor
        data-stand={bubble.stand}
        data-testid="bubble"
        data-state={bubble.state}
        data-seq={bubble.seq}
        data-client-id={bubble.clientId}
      >
        {bubble.stand === undefined ? bubble.text : t(`thread.${bubble.stand}`)}
      </div>
      {bubble.state === "failed"
        ? <BubbleFailure bubble={bubble} />
        : closes && <BubbleMeta bubble={bubble} />}
    </div>
  );
}
