import type { JSX } from "preact";
import type { ContactRequest } from "../../lib/protocol/model.ts";
import { usePage } from "../page_context.ts";
import { FormProblem } from "./form_problem.tsx";
import { Person } from "./person.tsx";
import { RequestAnswer, useRequestAnswer } from "./request_answer.tsx";

export function IncomingRequest({ request }: { request: ContactRequest }): JSX.Element {
  const { dates } = usePage();
  const answer = useRequestAnswer(request);
  return (
    <Person
      user={request.from}
      testid="incoming-request"
      below={
        <>
          {request.greeting && <p class="greeting" dir="auto">{request.greeting}</p>}
          <time class="person-when" dateTime={request.at} title={dates.full(request.at)}>
            {dates.brief(request.at)}
          </time>
          <FormProblem error={answer.error} />
        </>
      }
    >
      <RequestAnswer request={request} answer={answer} />
    </Person>
  );
}
