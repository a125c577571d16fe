import type { JSX } from "preact";
import type { ContactRequest } from "../../lib/protocol/model.ts";
import { usePage } from "../page_context.ts";
import { Person } from "./person.tsx";

export function OutgoingRequest({ request }: { request: ContactRequest }): JSX.Element {
  const { dates, t } = usePage();
  return (
    <Person
      user={request.to}
      testid="outgoing-request"
      below={request.greeting && <p class="greeting" dir="auto">{request.greeting}</p>}
    >
      <p class="person-standing">
        {t("contacts.request_sent")} · <time dateTime={request.at}>{dates.brief(request.at)}</time>
      </p>
    </Person>
  );
}
